from __future__ import annotations

from lading.core.machine import target_machine
from lading.core.resolution.refusals import hide_loopback, render_refusal
from lading.core.runtimes import runtime_for

MACHINE = target_machine(runtime_for("3.13"))
ORIGINS = {"left": ("app/requirements.txt",), "parts": ("app/requirements.txt",)}


def first_lines(text: str) -> list[str]:
    error = render_refusal(text, machine=MACHINE, origins=ORIGINS)
    return error.message.split("\nThe resolver says:")[0].splitlines()


def test_the_two_sides_are_named_with_the_file_that_asks() -> None:
    told = (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because all versions of left depend on parts>=1,<2 and right==1.0 depends on "
        "parts>=2, we can conclude that all versions of left and right==1.0 are incompatible.\n"
    )
    assert first_lines(told) == [
        "no version of parts satisfies everybody:",
        "  left (asked for in app/requirements.txt) needs parts>=1,<2",
        "  right==1.0 needs parts>=2",
    ]


def test_what_the_requirements_say_is_a_side() -> None:
    told = "Because left==1 depends on parts<2 and you require parts>=2, we can conclude that"
    assert first_lines(told) == [
        "no version of parts satisfies everybody:",
        "  left==1 (asked for in app/requirements.txt) needs parts<2",
        "  app/requirements.txt needs parts>=2",
    ]


def test_two_ranges_of_the_requirements_are_two_sides() -> None:
    told = "cause: Because you require parts<2 and parts==2.0, we can conclude that"
    assert first_lines(told) == [
        "no version of parts satisfies everybody:",
        "  app/requirements.txt needs parts<2",
        "  app/requirements.txt needs parts==2.0",
    ]


def test_a_name_that_nobody_has_is_told_with_who_wants_it() -> None:
    told = (
        "Because zzz was not found in the package registry and all versions of left depend on "
        "zzz, we can conclude that all versions of left cannot be used."
    )
    assert first_lines(told) == [
        "the default index has no package named zzz: all versions of left need it"
    ]


def test_another_refusal_is_told_as_the_resolver_tells_it() -> None:
    told = "Because left==1 was yanked, left==1 cannot be used."
    error = render_refusal(told, machine=MACHINE, origins=ORIGINS)
    assert error.message == (
        "there is no set of versions for Python 3.13 on Azure Functions (Linux x86-64)\n"
        f"The resolver says:\n  {told}"
    )


def test_addresses_that_die_with_the_command_are_not_told() -> None:
    told = (
        "Failed to fetch: http://lading:n0nce@127.0.0.1:4711/files/a/a-1-py3-none-any.whl.metadata"
    )
    assert hide_loopback(told) == "Failed to fetch: (the index)"


def test_a_long_explanation_is_cut() -> None:
    error = render_refusal("line\n" * 40, machine=MACHINE, origins={})
    assert error.message.endswith("(28 more lines)")


def test_what_has_no_wheel_for_the_machine_is_named_with_what_it_has() -> None:
    told = (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because left==1.0 has no wheels with a matching platform tag (e.g., "
        "`manylinux_2_36_x86_64`) and only left==1.0 is available, we can conclude that all "
        "versions of left cannot be used.\n"
        "         And because you require left, we can conclude that your requirements are "
        "unsatisfiable.\n"
        "  hint: Wheels are available for `left` (v1.0) on the following platforms: `win_amd64`, "
        "`macosx_11_0_arm64`\n"
    )
    (line,) = first_lines(told)
    assert line == (
        "left==1.0 (asked for in app/requirements.txt) has neither a wheel for Python 3.13 on Azure"
        " Functions (Linux x86-64) nor a source archive; its wheels are for win_amd64,"
        " macosx_11_0_arm64"
    )
    error = render_refusal(told, machine=MACHINE, origins=ORIGINS)
    assert "a source archive beside the wheels is enough" in error.remedy


def test_another_minor_is_told_by_its_tag() -> None:
    told = (
        "Because parts==2.0 has no wheels with a matching Python ABI tag (e.g., `cp313`), we can "
        "conclude\n hint: You require CPython 3.13 (`cp313`), but we only found wheels for `parts` "
        "(v2.0) with the following Python ABI tag: `cp311`"
    )
    (line,) = first_lines(told)
    assert line.endswith("nor a source archive; its wheels are for cp311")
