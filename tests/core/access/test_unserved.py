"""A tool that would go past the broker's door is refused, with what to write instead."""

from __future__ import annotations

import pytest

from lading.core.access.unserved import check_served
from lading.core.errors import UsageError


@pytest.mark.parametrize(
    ("line", "why", "remedy"),
    [
        ("poetry install", "addresses of its sources", "poetry export"),
        ("/opt/poetry/bin/poetry -n lock", "addresses of its sources", "PYPI_MIRROR_URL"),
        ("python3.13 -m poetry add acme-core", "addresses of its sources", "poetry export"),
        (r"C:\tools\Poetry.EXE sync", "addresses of its sources", "poetry export"),
        ("uv lock", "uv.lock", "uv export --frozen"),
        ("uv --quiet sync --frozen", "uv.lock", "uv pip sync"),
        ("conda install acme-core", "channels", "pip install"),
        ("pip install --index-url https://a.test/simple x", "--index-url", "Leave --index-url out"),
        ("pip3.12 install --index=https://a.test/simple x", "--index", "Leave --index out"),
        ("pip install --extra-index-url=https://a.test x", "--extra-index-url", "Leave"),
        ("python -m pip download -i https://a.test x", "-i", "Leave -i out"),
        ("pip download -ihttps://a.test x", "-i", "Leave -i out"),
        ("pip install -f https://a.test x", "-f", "Leave -f out"),
        ("pip install --find-links=https://a.test x", "--find-links", "Leave"),
        ("pip --isolated install x", "--isolated", "Leave"),
        ("uv pip install --default-index https://a.test x", "--default-index", "Leave"),
        ("uv tool install --index https://a.test x", "--index", "Leave"),
    ],
)
def test_it_is_refused_with_a_reason_and_a_way(line: str, why: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_served(tuple(line.split()))
    assert why in caught.value.message
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "line",
    [
        "pip install -r requirements.txt",
        "pip install --find-links wheels -f more x",
        "pip install -I x",
        "uv pip sync requirements.txt",
        "uv export --frozen",
        "uv pip install --isolated --extra dev .",
        "poetry export -o requirements.txt",
        "poetry build",
        "conda env create",
        "python -m build",
        "python script.py -i input",
        "python -m",
        "pipenv install",
        "git clone -i",
        "buildah bud .",
    ],
)
def test_what_comes_to_the_door_by_itself_is_not(line: str) -> None:
    check_served(tuple(line.split()))


def test_a_password_in_the_option_is_not_shown() -> None:
    for words in (("--index-url=https://u:s3cret@a.test",), ("-ihttps://u:s3cret@a.test",)):
        with pytest.raises(UsageError) as caught:
            check_served(("pip", "install", *words))
        assert "s3cret" not in str(caught.value)


def test_an_empty_word_is_no_command() -> None:
    with pytest.raises(UsageError, match="empty"):
        check_served(("", "install"))
