"""Any text is read or refused, and shows no password."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from lading.core.errors import RequirementsError
from lading.core.requirements.files import included_files
from tests.core.requirements.files.reading import FILE, A, read

pieces = st.sampled_from(
    [
        *(
            "-r ",
            "-e ",
            "-c ",
            "-i ",
            "--hash=",
            "sha256:",
            A,
            " ",
            "\\\n",
            "\n",
            "#egg=",
            "@",
            "[",
        ),
        *(
            "git+",
            "https://",
            "ssh://",
            "git@",
            "file:",
            "http://",
            "h.example",
            "/",
            "..",
            "]",
            ";",
        ),
        *("x", ">=1", " ; ", "os_name=='nt'", "${A}", "{b}", ":", "'", '"', "C:\\", ".whl", ".zip"),
        *("#subdirectory=", "?", "=", "~", "\ufeff", "\0", "%2e", "azure-functions-worker", "&"),
    ]
)


@given(st.lists(pieces | st.text(max_size=3), max_size=14).map("".join))
def test_any_text_is_read_or_refused_and_never_crashes(text: str) -> None:
    included_files(text, FILE)
    with contextlib.suppress(RequirementsError):
        requirements = read(text)
        assert all(item.parsed.name for item in requirements.named)


# A number and a "/" look like the end of a host and its port.
passwords = st.builds(
    "{}hunter{}retnuh".format,
    st.sampled_from(["", "1/", "22#", "3?", "@", "4/.", "${A}"]),
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=8),
)


@settings(max_examples=500)
@given(
    st.sampled_from(
        [
            "git+https://me:{}@git.example/one/x@main#egg=x",
            "x @ git+https://me:{}@git.example/one/x@main",
            "x @ git+ssh://git:{}@git.example/team/x",
            "-e git+https://me:{}@git.example/one/x#egg=x",
            "x @ https://me:{}@files.example/x-1.0.tar.gz",
            "https://me:{}@files.example/x-1.0-py3-none-any.whl",
            "-i https://me:{}@files.example/simple/",
            "--extra-index-url=https://me:{}@files.example/simple/",
            "--find-links=https://me:{}@files.example/simple/",
            "-r https://me:{}@files.example/requirements.txt",
            "x @ ftp://me:{}@files.example/x.whl",
        ]
    ),
    passwords,
)
def test_no_password_is_ever_shown(template: str, password: str) -> None:
    try:
        shown = "\n".join(read(template.format(password)).notes)
    except RequirementsError as error:
        shown = str(error)
    assert "hunter" not in shown
    assert "retnuh" not in shown
