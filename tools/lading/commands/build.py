"""`build`: private packages in, one proven artifact out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lading.commands import Edges
from lading.core.advisories import Audit, plan_audit
from lading.core.advisories.report import check_audit
from lading.core.bundle import Bundle, render_label
from lading.core.bundle.appfiles import AppFile
from lading.core.bundle.manifest import assemble_manifest
from lading.core.checks.size import check_download
from lading.core.config import DEFAULT_INDEX, App, Project
from lading.core.errors import PackageRefused
from lading.core.findings import Finding, judge, parse_allowances
from lading.core.functions import Verdict
from lading.core.lock import Lock
from lading.core.report import BuildReport, render_build_json, render_finding
from lading.core.sarif import render_findings_sarif
from lading.core.statements import Freight
from lading.core.wheel import Wheel
from lading.edges.access import Access
from lading.edges.access.log import tell_askings
from lading.edges.app_settings import read_app_settings
from lading.edges.archive import Artifact, write_artifact
from lading.edges.bytecode import BytecodeCompiler
from lading.edges.functions import Package
from lading.edges.git import Git
from lading.edges.installer import read_tool_version
from lading.edges.interpreters import Interpreter, find_interpreter
from lading.edges.sandbox import Sandbox
from lading.edges.tokens.variables import read_ambient_secrets
from lading.edges.wheelhouse import write_wheelhouse
from lading.edges.whole_files import update_text, write_text
from lading.edges.workspace.app_files import check_app_folder, scan_app_files
from lading.stages.assemble import assemble_bundle
from lading.stages.attest import Written, attest_artifact, describe_bundle
from lading.stages.audit import audit_package
from lading.stages.fetch import fetch_wheels
from lading.stages.find_tools import Tools, find_tools
from lading.stages.gather import gather_wheels
from lading.stages.import_package import Proving, import_package
from lading.stages.make_layers import Slimmed, make_layers
from lading.stages.prove import Suspicion, prove
from lading.stages.slim import slim_wheels

DIST = "dist"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What `build` was told on the command line; `app` is "" where nobody named one."""

    app: str = ""
    frozen: bool = False
    offline: bool = False
    wheelhouse: bool = False
    allow: tuple[str, ...] = ()
    reason: str = ""
    sarif: str = ""
    settings: str = ""
    audit: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Return the options that were given; of files their names alone."""
        flags = {
            "audit": self.audit,
            "frozen": self.frozen,
            "offline": self.offline,
            "wheelhouse": self.wheelhouse,
        }
        texts = {
            "app": self.app,
            "reason": self.reason,
            "sarif": Path(self.sarif).name,
            "settings": Path(self.settings).name,
        }
        return (
            *(f"--{name}" for name, given in flags.items() if given),
            *(f"--allow {text}" for text in self.allow),
            *(f"--{name} {text}" for name, text in texts.items() if text),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cargo:
    """What was gathered, and by what means; `access` is None where no network was allowed."""

    lock: Lock
    wheels: tuple[Wheel, ...]
    access: Access | None
    sandbox: Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """What was found of a package that may leave; when its build began, and seconds of proving."""

    findings: tuple[Finding, ...]
    verdict: Verdict
    audit: Audit | None
    started: float
    proving: float


def build(
    project: Project,
    app: App,
    options: BuildOptions,
    *,
    edges: Edges,
    find_lock: Callable[[], Lock],
) -> BuildReport:
    """Build an app's artifact into dist/; nothing is written there unless every check allows it."""
    started = edges.clock()
    app = _as_told(app, options)
    check_app_folder(project, app)
    settings = read_app_settings(project, app, options.settings, remember=edges.remember)
    tools = find_tools(app, ambient=edges.ambient, store=edges.store)
    auditor = edges.auditor(project, offline=options.offline) if options.audit else None
    lock = find_lock()
    audit = audit_package(plan_audit(lock, project), auditor) if auditor else None
    audited = judge(check_audit(audit, app.audit) if audit else (), app.allow)
    _refuse((*audited, *_weigh(lock, app, edges=edges)), app, options)
    # Only now: a lock that was just written lies beside the app's files, and is one of them.
    app_files = scan_app_files(project, app, ambient=edges.ambient)
    cargo = _gather(project, app, lock, offline=options.offline, edges=edges)
    bundle = _load(app, app_files, cargo.wheels, tools=tools, edges=edges)
    loaded = edges.clock()
    findings = (*audited, *_prove(bundle, project, app, cargo, edges=edges))
    _refuse(findings, app, options, files=app_files)
    label = render_label(bundle, python=app.python, lock_fingerprint=cargo.lock.fingerprint)
    with_what = _proving(
        project, app, cargo, interpreter=tools.interpreter, settings=settings, edges=edges
    )
    imported = import_package(Package(bundle=bundle, label=label), app.python, with_what)
    findings = (*findings, *judge(imported.findings, app.allow))
    _refuse(findings, app, options, files=app_files)
    checked = _Checked(
        findings=findings,
        verdict=imported.verdict,
        audit=audit,
        started=started,
        proving=edges.clock() - loaded,
    )
    freight = Freight(project=project, app=app, lock=cargo.lock, wheels=cargo.wheels, bundle=bundle)
    artifact = _ship(freight, label, options, edges=edges)
    report = _report(freight, artifact, cargo, checked, edges=edges)
    # Last: who finds it beside the artifact whose hash it names finds all the others too.
    write_text(project.root / DIST / f"{app.name}.json", render_build_json(report))
    return report


def _ship(freight: Freight, label: bytes, options: BuildOptions, *, edges: Edges) -> Artifact:
    """Write the package, then the SBOM and the provenance, each of which names it."""
    folder, name = freight.project.root / DIST, freight.app.name
    sbom = describe_bundle(freight, store=edges.store, ambient=edges.ambient)
    artifact = write_artifact(
        freight.bundle, folder / f"{name}.zip", label=label, store=edges.store
    )
    if options.wheelhouse:
        write_wheelhouse(freight.wheels, folder / f"{name}-wheelhouse")
    written = Written(artifact=artifact, sbom_name=f"{name}.cdx.json", sbom=sbom)
    provenance = attest_artifact(
        freight,
        written,
        options=options.words,
        git=Git(ambient=edges.ambient),
        ambient=edges.ambient,
    )
    update_text(folder / written.sbom_name, sbom)
    update_text(folder / f"{name}.provenance.json", provenance)
    return artifact


def _report(
    freight: Freight, artifact: Artifact, cargo: _Cargo, checked: _Checked, *, edges: Edges
) -> BuildReport:
    """Return what was built, from what, and what is known of it."""
    app, bundle, root = freight.app, freight.bundle, freight.project.root
    return BuildReport(
        app=app.name,
        python=app.python,
        artifact=artifact.path.relative_to(root).as_posix(),
        sha256=artifact.sha256,
        content_sha256=artifact.content_sha256,
        size=artifact.size,
        entries=artifact.entries,
        changed=artifact.changed,
        seconds=edges.clock() - checked.started,
        proving=checked.proving,
        lock_fingerprint=freight.lock.fingerprint,
        commit=Git(ambient=edges.ambient).read_head(root),
        loaded=assemble_manifest(bundle, freight.wheels),
        findings=checked.findings,
        bytecode=_bytecode(bundle),
        sandbox=_confinement(cargo),
        verdict=checked.verdict,
        asked=tell_askings(cargo.access.records if cargo.access else ()),
        statements=(f"{DIST}/{app.name}.cdx.json", f"{DIST}/{app.name}.provenance.json"),
        audit=checked.audit,
    )


def _weigh(lock: Lock, app: App, *, edges: Edges) -> tuple[Finding, ...]:
    """Tell before a long download that it is too much; what comes of it is weighed at the end."""
    found = judge(check_download(lock.files, budget=app.size_budget), app.allow)
    for finding in found:
        if finding.severity == "warning":
            edges.progress.warn(render_finding(finding).removeprefix("warning "))
    return found


def _gather(project: Project, app: App, lock: Lock, *, offline: bool, edges: Edges) -> _Cargo:
    """Fetch what is fetched, then build what is built."""
    access = None if offline else edges.open_access(project)
    sandbox = edges.open_sandbox(project)
    workshop = edges.open_workshop(project, app, access=access, sandbox=sandbox)
    fetch = partial(fetch_wheels, access=access, store=edges.store, progress=edges.progress)
    wheels = gather_wheels(lock, fetch=fetch, workshop=workshop)
    return _Cargo(lock=lock, wheels=wheels, access=access, sandbox=sandbox)


def _as_told(app: App, options: BuildOptions) -> App:
    """Return the app with what the command line adds to its configuration."""
    allowances = parse_allowances(options.allow, options.reason)
    required = options.frozen and app.bytecode == "auto"
    return replace(
        app,
        allow=(*app.allow, *allowances),
        bytecode="required" if required else app.bytecode,
    )


def _load(
    app: App,
    app_files: tuple[AppFile, ...],
    wheels: tuple[Wheel, ...],
    *,
    tools: Tools,
    edges: Edges,
) -> Bundle:
    """Make the layers of all wheels and put them together with the app's files."""
    trims = slim_wheels(wheels, app_files, app.slimming, store=edges.store, progress=edges.progress)
    with ExitStack() as closing:
        compiler = None
        if tools.interpreter is not None:
            compiler = closing.enter_context(
                BytecodeCompiler(tools.interpreter, ambient=edges.ambient)
            )
        layers = make_layers(
            wheels,
            store=edges.store,
            compiler=compiler,
            runtime=app.runtime,
            progress=edges.progress,
            slimmed=Slimmed(trims=trims, stripper=tools.stripper),
        )
        return assemble_bundle(app_files, layers, store=edges.store, compiler=compiler)


def _prove(
    bundle: Bundle, project: Project, app: App, cargo: _Cargo, *, edges: Edges
) -> tuple[Finding, ...]:
    """Return what was found, with what was allowed."""
    used = cargo.access.secrets if cargo.access else ()
    secrets = (*used, *read_ambient_secrets(project.sources, edges.ambient))
    not_public = (wheel.name for wheel in cargo.wheels if wheel.source != DEFAULT_INDEX)
    suspicion = Suspicion(secrets=secrets, made_here=frozenset(not_public))
    found = prove(bundle, app, suspicion=suspicion, today=edges.today, store=edges.store)
    return judge(found, app.allow)


def _proving(
    project: Project,
    app: App,
    cargo: _Cargo,
    *,
    interpreter: Interpreter | None,
    settings: Mapping[str, str],
    edges: Edges,
) -> Proving:
    """Return what loads the package; the broker is closed, and nothing asks for a credential."""
    return Proving(
        interpreter=interpreter or find_interpreter(app.python, ambient=edges.ambient),
        find_engine=edges.engine_finder(project, app, access=cargo.access),
        enclosure=cargo.sandbox,
        store=edges.store,
        ambient=edges.ambient,
        progress=edges.progress,
        settings=settings,
    )


def _refuse(
    findings: tuple[Finding, ...],
    app: App,
    options: BuildOptions,
    *,
    files: Sequence[AppFile] = (),
) -> None:
    """Write --sarif with all that is known by now; raise PackageRefused where one forbids it."""
    if options.sarif:
        names = frozenset(file.name for file in files)
        version = read_tool_version("lading")
        text = render_findings_sarif(findings, app, files=names, version=version)
        write_text(Path(options.sarif), text)
    refusing = [finding for finding in findings if finding.refuses]
    if refusing:
        raise PackageRefused(
            "\n".join(render_finding(finding) for finding in refusing),
            remedy="dist/ is as it was. What has to pass all the same:"
            ' --allow CODE:PACKAGE --reason "…", or allow = [...] of the app.',
        )


def _confinement(cargo: _Cargo) -> str:
    if all(source.is_wheel for source in cargo.lock.sources):
        return "nothing had to be built"
    sandbox = cargo.sandbox
    return f"{sandbox.description}; exposed: {', '.join(sandbox.exposed)}"


def _bytecode(bundle: Bundle) -> str:
    versions = {entry.layer.interpreter for entry in bundle.entries if entry.layer.interpreter}
    return f"compiled by Python {', '.join(sorted(versions))}" if versions else "none"
