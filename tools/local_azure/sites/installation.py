"""How a package gets to run: mounted, extracted, or from a Flex site's container."""

from __future__ import annotations

import zipfile
from typing import Protocol

from local_azure.sites.deployments import NotDeployedError, Record, Upload
from local_azure.sites.hosting import SiteSpec
from local_azure.sites.packages import Packages
from local_azure.sites.world import World

RUN_FROM_PACKAGE = "WEBSITE_RUN_FROM_PACKAGE"
_BUILD = "SCM_DO_BUILD_DURING_DEPLOYMENT"
_ORYX = "ENABLE_ORYX_BUILD"
# What the service tells of its work; the second steps are those of a remote build.
_FLEX_STEPS = (
    *("ValidationStep", "ExtractZipStep", "ContentValidationStep", "PreBuildValidationStep"),
    *("PostBuildValidationStep", "PackageZipStep", "UploadPackageStep"),
    *("RemoveWorkersStep", "SyncTriggerStep"),
)


class Ground(Protocol):
    """What packages are put in place on: a site."""

    spec: SiteSpec
    world: World
    settings: dict[str, str]
    scm_settings: dict[str, str]
    packages: Packages

    @property
    def name(self) -> str:
        """Return the name by which faults know it."""

    def take_over(self) -> None:
        """Run a new package from now on."""


def fetch_package(site: Ground) -> None:
    """Fetch what a setting says that the site runs from, at each start; raises OSError.

    The identity of the app is shown where the URL has no signature and not everybody may read it.
    """
    url = site.settings.get(RUN_FROM_PACKAGE, "")
    if site.spec.is_flex or not url.lower().startswith("http"):
        return
    try:
        package = site.packages.receive(site.world.fetch(url))
    except OSError:
        if "sv=" in url or site.world.faults.meets("identity-forbidden", site.name):
            raise
        package = site.packages.receive(site.world.fetch(url, as_identity=True))
    site.packages.hold(package)


class Installation:
    """Puts the packages of one site in place."""

    def __init__(self, site: Ground) -> None:
        self._site = site

    def put_in_place(self, upload: Upload, record: Record) -> None:
        """Let the site run a package; raises NotDeployedError in the deployment's own words."""
        site = self._site
        if not zipfile.is_zipfile(upload.package):
            raise NotDeployedError("Package deployment failed: the file is no zip archive.")
        if site.world.faults.meets("release-not-taken", site.name):
            return
        try:
            if site.spec.is_flex:
                self._flex(upload, record)
            else:
                self._zip(upload)
        except (OSError, zipfile.BadZipFile) as error:
            raise NotDeployedError(f"Package deployment failed: {error}") from error
        site.take_over()

    def _zip(self, upload: Upload) -> None:
        site = self._site
        if upload.package.parent == site.packages.store:
            # On Linux Consumption the setting means nothing, and nothing is loaded.
            if site.spec.hosting != "consumption":
                site.packages.mount(upload.package)
            return
        # What builds during a deployment looks at both; Functions build unless told otherwise.
        usually = "true" if site.spec.hosting == "consumption" else ""
        if site.scm_settings.get(_BUILD, usually).lower() in {"1", "true"}:
            site.packages.built = site.scm_settings.get(_ORYX, "true").lower() != "false"
        site.packages.extract(upload.package)

    def _flex(self, upload: Upload, record: Record) -> None:
        site = self._site
        stamp = site.world.clock.stamp
        if RUN_FROM_PACKAGE in site.settings:
            raise NotDeployedError(
                f"The app setting {RUN_FROM_PACKAGE} is not supported on Flex Consumption. "
                "Remove it and deploy again."
            )
        site.packages.built = upload.remote_build
        record.log.extend((stamp(), f"Running {step}.", 0) for step in _FLEX_STEPS[:-2])
        if site.world.faults.meets("upload-step-403", site.name):
            raise NotDeployedError(
                "UploadPackageStep failed: the storage account answered 403, "
                "This request is not authorized to perform this operation."
            )
        try:
            site.world.store_package(site.spec.container, upload.package)
        except OSError as error:
            raise NotDeployedError(f"UploadPackageStep failed: {error}") from error
        site.packages.hold(upload.package)
        record.log.extend((stamp(), f"Running {step}.", 0) for step in _FLEX_STEPS[-2:])
