"""host.json and its neighbours, as the Functions host reads them."""

from __future__ import annotations

import pytest

from lading.core.functions.host import parse_function, parse_host, parse_settings


@pytest.mark.parametrize(
    ("text", "prefix", "bundle"),
    [
        ('{"version": "2.0"}', "api", ""),
        ('\ufeff{"extensions": {"http": {"routePrefix": ""}}}', "", ""),
        ('{"extensions": {"http": {"routePrefix": "/v1/"}}}', "v1", ""),
        ('{"extensionBundle": {"id": "B", "version": "[4.*, 5.0.0)"}}', "api", "B"),
        ('{\n// a comment\n"extensionBundle": {"id": "a//b",}, /* and\n one */\n}', "api", "a//b"),
        ("{'extensions': {http: {'routePrefix': 'a\\'s/*\"b\"*/ //c'}}}", 'a\'s/*"b"*/ //c', ""),
        ("{extensionBundle /* the usual */ : {$id: [1, null,], 'id': \"B\\'s\"}}", "api", "B's"),
        ('{"extensionBundle": {"id": "two\n\tlines: x, }"}}', "api", "two\n\tlines: x, }"),
        (r'{"extensionBundle": {"id": "\\", "x": "\"y\\"}}', "api", "\\"),
    ],
)
def test_a_host_file_tells_prefix_and_bundle(text: str, prefix: str, bundle: str) -> None:
    host = parse_host(text)
    assert (host.route_prefix, host.bundle) == (prefix, bundle)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"version": "2.0"}', ""),
        ("{}", ""),
        ('{"logging": {}}', 'no "version"'),
        ('{"version": null}', 'no "version"'),
        ('{"version": "3.0"}', "its version is 3.0"),
        ('{"version": 2.0}', "its version is 2,"),
        ('{"version": "2.0", "extensionBundle": {"id": "B"}}', "extensionBundle has no version"),
        ('{"version": "2.0", "extensionBundle": {"id": "B", "version": "[4.*, 5.0.0)"}}', ""),
    ],
)
def test_a_host_file_with_which_the_host_does_not_start_says_why(text: str, problem: str) -> None:
    told = parse_host(text).problem
    assert problem in told
    assert bool(told) is bool(problem)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"version": }',
        "2.0",
        "{version}",
        "{'version': \"2.0'}",
        '{"a" "b"}',
        pytest.param("{a:" * 9999, id="deep"),
    ],
)
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_host(text)


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("", "price/__init__.py"),
        ("run.py", "price/run.py"),
        ("../shared/run.py", "shared/run.py"),
        ("..\\\\shared\\\\run.py", "shared/run.py"),
    ],
)
def test_a_function_file_tells_its_script(script: str, place: str) -> None:
    told = f'"scriptFile": "{script}", ' if script else ""
    found = parse_function(
        f'{{{told}"bindings": [{{"type": "httpTrigger", "name": "req", "methods": ["get"]}}]}}',
        directory="price",
    )
    assert (found.name, found.script) == ("price", place)
    assert found.bindings[0].settings == {"methods": "get"}
    assert found.bindings[0].direction == "in"


def test_a_disabled_function_says_so() -> None:
    assert parse_function('{"disabled": true}', directory="price").disabled


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("prod.env", "A=1\nexport B='two'\n# C=3\n"),
        ("local.settings.json", '{"IsEncrypted": false, "Values": {"A": 1, "B": "two"}}'),
        ("settings.json", '{"A": "1", "B": "two", "C": null}'),
    ],
)
def test_settings_are_read_in_both_forms(name: str, text: str) -> None:
    assert parse_settings(text, name=name) == {"A": "1", "B": "two"}
