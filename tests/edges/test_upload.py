from __future__ import annotations

import hashlib
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path

import pytest

from lading.core.errors import PackageRefused
from lading.core.publication import Distribution
from lading.edges.upload import check_distribution, open_form
from tests.support import make_sdist, make_wheel

README = ("Description-Content-Type: text/markdown", "", "# Hello")


def distribution(path: Path) -> Distribution:
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return Distribution(filename=path.name, sha256=sha256, size=len(content), path=path)


def posted(path: Path) -> list[tuple[str, str | bytes]]:
    """Return the fields of a form as a server reads them."""
    with open_form(distribution(path)) as form:
        body = b"".join(form.blocks)
    assert int(form.headers["Content-Length"]) == len(body)
    head = f"Content-Type: {form.headers['Content-Type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + body, policy=HTTP).iter_parts()
    return [
        (str(part.get_param("name", header="content-disposition")), part.get_content())
        for part in parts
    ]


def test_a_form_has_the_fields_of_the_metadata_and_the_file(tmp_path: Path) -> None:
    extra = ["Keywords: tax,money", "Classifier: Private :: Do Not Upload", "Classifier: A :: B"]
    extra += ["Project-URL: Home, https://acme.example/", *README]
    wheel = make_wheel(tmp_path, "acme-tax", "1.0+local.2", requires=["a", "b>1"], metadata=extra)
    fields = posted(wheel)
    told = [(name, str(text).strip()) for name, text in fields if name != "content"]
    assert (":action", "file_upload") in told
    assert ("protocol_version", "1") in told
    assert ("name", "acme-tax") in told
    assert ("version", "1.0+local.2") in told
    assert ("filetype", "bdist_wheel") in told
    assert ("keywords", "tax, money") in told
    assert ("project_urls", "Home, https://acme.example/") in told
    assert [text for name, text in told if name == "requires_dist"] == ["a", "b>1"]
    assert len([text for name, text in told if name == "classifiers"]) == 2
    assert dict(fields)["content"] == wheel.read_bytes()


def test_a_sound_distribution_passes_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wheel = make_wheel(tmp_path, "acme-tax", metadata=README)
    assert check_distribution(wheel) == ()
    assert capfd.readouterr() == ("", "")


def test_strictly_a_missing_description_is_a_problem(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = " ".join(check_distribution(make_sdist(tmp_path, "acme-tax")))
    assert "`long_description` missing" in found
    assert capfd.readouterr() == ("", "")


def test_a_description_that_cannot_be_shown_is_a_problem(tmp_path: Path) -> None:
    broken = ("Description-Content-Type: text/x-rst", "", "Title\n==\n\n.. nonsense::\n\n`open")
    found = " ".join(check_distribution(make_wheel(tmp_path, "acme-tax", metadata=broken)))
    assert "syntax errors in markup" in found


@pytest.mark.parametrize("name", ["a-1.0-py3-none-any.whl", "a-1.0.tar.gz"])
def test_what_is_no_distribution_is_a_problem_and_no_bug(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"nothing of the kind")
    (problem,) = check_distribution(path)
    assert str(tmp_path) not in problem


def test_metadata_that_is_wrong_is_named(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "acme-tax", metadata=("Requires-Python: soon", *README))
    assert "requires-python" in " ".join(check_distribution(wheel)).lower()


@pytest.mark.parametrize("told", [("other", "1.0"), ("acme-tax", "99.0")])
def test_metadata_of_another_release_is_a_problem_because_an_index_goes_by_it(
    tmp_path: Path, told: tuple[str, str]
) -> None:
    wheel = make_wheel(tmp_path, *told, metadata=README)
    disguised = wheel.rename(tmp_path / "acme_tax-1.0-py3-none-any.whl")
    (problem,) = check_distribution(disguised)
    assert problem == f"its metadata is that of '{told[0]}' '{told[1]}'"


def test_what_changed_after_it_was_checked_is_not_sent(tmp_path: Path) -> None:
    checked = distribution(make_wheel(tmp_path, "acme-tax", metadata=README))
    make_wheel(tmp_path, "acme-tax", metadata=README, files={"acme_tax/evil.py": ""})
    with pytest.raises(PackageRefused, match="is not what was checked"), open_form(checked):
        pass
