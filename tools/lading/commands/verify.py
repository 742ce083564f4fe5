"""`verify`: all checks on an artifact, built by lading or by any other tool."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from lading.commands import Edges
from lading.core.advisories import Audit, Release, plan_audit_of_found
from lading.core.advisories.report import check_audit
from lading.core.bundle import Bundle, assemble_layers
from lading.core.checks.consequences import without_consequences
from lading.core.config import App, Project
from lading.core.errors import UsageError
from lading.core.findings import Finding, judge, parse_allowances
from lading.core.layer import SITE_PACKAGES
from lading.core.sarif import render_findings_sarif
from lading.core.verification import Label, Verification, check_label, choose_python, parse_label
from lading.edges.app_settings import read_app_settings
from lading.edges.artifact_reader import OpenedArtifact, read_artifact
from lading.edges.functions import Package
from lading.edges.installer import read_tool_version
from lading.edges.interpreters import find_interpreter
from lading.edges.lock_folder import read_lock
from lading.edges.tokens.variables import read_ambient_secrets
from lading.edges.whole_files import write_text
from lading.stages.audit import Auditor, audit_package
from lading.stages.import_package import Proving, import_package
from lading.stages.prove import Suspicion, prove

# What only whoever packed it could know.
_NOT_IN_A_ZIP = (
    "files that several distributions had: only one of each name is in the zip",
    "the lock: the zip does not say what was asked for",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What `verify` was told; `python` is "" where the artifact or the app says it.

    `public` are patterns of names that an audit may ask for, though no lock says that they are
    public.
    """

    artifact: Path
    python: str = ""
    settings: str = ""
    offline: bool = False
    allow: tuple[str, ...] = ()
    reason: str = ""
    sarif: str = ""
    audit: bool = False
    public: tuple[str, ...] = ()


def verify(
    project: Project, app: App | None, options: VerifyOptions, *, edges: Edges
) -> Verification:
    """Check an artifact with all that is known of it; `app` is whose it is, None for a stranger's.

    Raises UsageError where nobody says which Python it is for, PackageRefused for what is no sound
    zip.
    """
    allowances = parse_allowances(options.allow, options.reason)
    auditor = _auditor(project, options, edges)
    opened = read_artifact(options.artifact, store=edges.store)
    label = parse_label(opened.label)
    app = _app(app, label, options)
    app = replace(app, allow=(*app.allow, *allowances))
    settings = read_app_settings(project, app, options.settings, remember=edges.remember)
    bundle = assemble_layers(opened.layers)
    audit = _audit(opened, project, app, options, auditor) if auditor else None
    found = prove(
        bundle,
        app,
        suspicion=_suspicion(project, opened, edges),
        today=edges.today,
        store=edges.store,
    )
    access = None if options.offline else edges.open_access(project)
    proving = Proving(
        interpreter=find_interpreter(app.python, ambient=edges.ambient),
        find_engine=edges.engine_finder(project, app, access=access),
        enclosure=edges.open_sandbox(project),
        store=edges.store,
        ambient=edges.ambient,
        progress=edges.progress,
        settings=settings,
    )
    imported = import_package(Package(bundle=bundle, label=opened.label), app.python, proving)
    audited = check_audit(audit, app.audit) if audit else ()
    findings = (*audited, *found, *check_label(bundle, label), *imported.findings)
    verification = Verification(
        artifact=str(options.artifact),
        made_by="lading" if label else "another tool",
        python=app.python,
        sha256=opened.sha256,
        content_sha256=bundle.content_sha256,
        size=opened.size,
        entries=len(bundle.entries),
        distributions=_distributions(opened),
        findings=without_consequences(judge(findings, app.allow), imported.verdict),
        verdict=imported.verdict,
        unchecked=() if label else _NOT_IN_A_ZIP,
        audit=audit,
    )
    _write_sarif(verification.findings, app, bundle, options)
    return verification


def _auditor(project: Project, options: VerifyOptions, edges: Edges) -> Auditor | None:
    if options.public and not options.audit:
        raise UsageError("--public wants an --audit", remedy="Write both: --audit --public '*'")
    return edges.auditor(project, offline=options.offline) if options.audit else None


def _audit(
    opened: OpenedArtifact,
    project: Project,
    app: App,
    options: VerifyOptions,
    auditor: Auditor,
) -> Audit:
    """Ask for what the app's lock has from a public place, and for what the user calls public."""
    found = (
        Release(name=layer.name, version=layer.version) for layer in opened.layers if layer.version
    )
    lock = read_lock(project.root, app) if app.lock else None
    inquiry = plan_audit_of_found(found, lock, project, public=options.public)
    return audit_package(inquiry, auditor)


def _app(app: App | None, label: Label | None, options: VerifyOptions) -> App:
    """Return the app that an artifact is checked as: for the Python that it says it is for."""
    python = choose_python(options.artifact.name, asked=options.python, label=label, app=app)
    if app is None:
        # Nobody here has its requirements: what is about a dependency is about the zip.
        whole = options.artifact.as_posix()
        app = App(name=options.artifact.stem, folder="", requirements=whole, python=python, lock="")
    # Bytecode, or none, is the packer's choice; what is there was seen by the checks.
    return replace(app, python=python, bytecode="off")


def _write_sarif(
    findings: tuple[Finding, ...], app: App, bundle: Bundle, options: VerifyOptions
) -> None:
    """Write --sarif; without an app of the project no file of the zip is one of the checkout's."""
    if not options.sarif:
        return
    own = (entry.name for entry in bundle.entries if not entry.name.startswith(SITE_PACKAGES))
    files = frozenset(own if app.folder else ())
    version = read_tool_version("lading")
    write_text(
        Path(options.sarif), render_findings_sarif(findings, app, files=files, version=version)
    )


def _suspicion(project: Project, opened: OpenedArtifact, edges: Edges) -> Suspicion:
    return Suspicion(
        secrets=read_ambient_secrets(project.sources, edges.ambient),
        made_here=frozenset(layer.name for layer in opened.layers),
    )


def _distributions(opened: OpenedArtifact) -> tuple[str, ...]:
    return tuple(
        sorted(f"{layer.name} {layer.version}" for layer in opened.layers if layer.version)
    )
