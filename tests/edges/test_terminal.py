"""What a terminal is told: lines that end between words, and nothing that moves its cursor."""

from __future__ import annotations

import io

from rich.console import Console

from lading.edges.terminal import Terminal, hung, wrapped

LONG = "Extra indexes are never used (mirror.acme.example): any of them could offer a private name."
ADDRESS = "https://pkgs.dev.azure.com/acme/_packaging/internal/pypi/simple/"


def told(text: str, *, terminal: bool) -> str:
    """Return what a console of 40 columns shows of a note."""
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=terminal, width=40, highlight=False, soft_wrap=True
    )
    Terminal(console=console).note(text)
    return stream.getvalue()


def test_a_note_breaks_between_words_on_a_terminal() -> None:
    lines = told(LONG, terminal=True).splitlines()
    assert max(map(len, lines)) <= 40
    assert " ".join(lines) == LONG


def test_a_note_stays_one_line_where_a_log_reads_it() -> None:
    assert told(LONG, terminal=False) == f"{LONG}\n"


def test_an_address_is_never_broken() -> None:
    assert ADDRESS in wrapped(f"the index is {ADDRESS} and no other", 20).splitlines()


def test_a_remedy_stays_below_its_arrow() -> None:
    text = wrapped("it failed\n  → Write the lock, and build it again after that.\n", 24)
    assert text == "it failed\n  → Write the lock, and\n    build it again after\n    that.\n"


def test_what_is_to_be_copied_and_tables_stay_as_they_are() -> None:
    text = '    name = "a value that is longer"\n| a row | of a table | that is long |\n'
    assert wrapped(text, 20) == text


def test_a_long_line_of_a_list_or_a_column_goes_on_below_where_its_text_begins() -> None:
    text = (
        "orders: Flex\n"
        "  2 prove that the app runs it, by the record of its deployment\n"
        "  runs       the deployment of Monday brought it there, and no other one\n"
        "    → See https://portal.azure.com/a-very-long-address-that-nobody-breaks and wait\n"
        "  as it is, at the width of its indentation"
    )
    assert hung(text, 46).splitlines() == [
        "orders: Flex",
        "  2 prove that the app runs it, by the record",
        "    of its deployment",
        "  runs       the deployment of Monday brought",
        "             it there, and no other one",
        "    → See",
        "      https://portal.azure.com/a-very-long-address-that-nobody-breaks",
        "      and wait",
        "  as it is, at the width of its indentation",
    ]
    assert hung(text, None) == text
    assert hung(text, 12) == text


def test_what_is_told_is_shown_to_the_letter() -> None:
    foreign = "[red]:key:[/b] A:warning:B"
    assert told(foreign, terminal=True) == f"{foreign}\n"
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, highlight=False)
    terminal = Terminal(console=console)
    with terminal.step(foreign):
        pass
    with terminal.transfer(foreign, 8) as tell:
        tell(8)
    assert stream.getvalue().count(":key:[/b]") >= 2


def sending(size: int, *, terminal: bool) -> str:
    """Return what a console shows of something that is sent in eighths."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=80, highlight=False)
    with Terminal(console=console).transfer("Uploading orders.zip", size) as tell:
        for _ in range(8):
            tell(size // 8)
    return stream.getvalue()


def test_a_log_hears_of_each_quarter_of_a_large_file() -> None:
    lines = sending(64 * 1024 * 1024, terminal=False).splitlines()
    assert lines == [f"Uploading orders.zip: {done} %" for done in (25, 50, 75, 100)]
    assert sending(1024, terminal=False) == ""


def test_a_terminal_shows_a_bar_and_takes_it_away() -> None:
    shown = sending(64 * 1024 * 1024, terminal=True)
    assert "Uploading orders.zip" in shown
    # The cursor is there again.
    assert shown.rstrip().endswith("\x1b[?25h")
