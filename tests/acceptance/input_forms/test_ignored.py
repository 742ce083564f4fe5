"""What .funcignore says of the packages."""

from __future__ import annotations

from pathlib import Path

from local_sources import LocalSources
from tests.acceptance.input_forms.projects import add_modules
from tests.support import make_project
from tests.user import User, members, modules

SITE = ".python_packages/lib/site-packages/"


def test_no_pattern_of_funcignore_takes_the_packages_away(
    user: User, sources: LocalSources, tmp_path: Path
) -> None:
    add_modules(sources, "acme-one")
    patterns = ".python_packages\n.python_packages/\n**/site-packages/**\n*.py\n!function_app.py\n"
    project = make_project(
        tmp_path / "p",
        requirements=["acme-one"],
        sources=sources,
        files={
            "functionapp/.funcignore": patterns,
            "functionapp/notes.py": "",
            "functionapp/.python_packages/lib/site-packages/stale.py": "",
        },
    )
    user.builds(project)
    assert modules(project).keys() == {"acme_one"}
    own = {name for name in members(project / "dist/orders.zip") if not name.startswith(SITE)}
    assert {"host.json", "function_app.py"} <= own
    assert "notes.py" not in own
