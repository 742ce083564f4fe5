"""Every failure that a user can meet, with its remedy and its exit code."""

from __future__ import annotations

from typing import ClassVar, Self


class LadingError(Exception):
    """A failure that the user can act on: what happened, where, and what to do.

    Everything else that escapes is a bug and keeps its traceback (exit code 1).
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.remedy}"

    def at(self, place: str) -> Self:
        """Return it with the place of several where it happened."""
        self.message = f"{place}: {self.message}"
        return self


class ConfigError(LadingError):
    """The configuration is wrong; carries every mistake that was found, each with its key path."""

    exit_code = 2
    code = "configuration"

    def __init__(self, problems: tuple[str, ...], *, remedy: str) -> None:
        super().__init__("\n".join(problems), remedy=remedy)
        self.problems = problems


class UsageError(LadingError):
    """The command line asks for something that cannot be."""

    exit_code = 2
    code = "usage"


class RequirementsError(ConfigError):
    """The requirements files cannot be read as they are written."""

    code = "requirements"


class DiskError(LadingError):
    """A file or folder of this machine cannot be written: no right, no room."""

    exit_code = 2
    code = "disk"


class CredentialError(LadingError):
    """No credential could be obtained; one that a source refuses is a SourceError."""

    exit_code = 3
    code = "credential"


class SourceError(LadingError):
    """A source refused, lacks what is declared to live there, or cannot be reached."""

    exit_code = 4
    code = "source"


class ResolutionError(LadingError):
    """The requirements cannot be resolved for the target."""

    exit_code = 5
    code = "resolution"


class BuildError(LadingError):
    """A source could not be built into a wheel, or a wheel cannot be used."""

    exit_code = 5
    code = "build"


class LockError(LadingError):
    """The lock is missing, stale or damaged."""

    exit_code = 6
    code = "stale-lock"


class PackageRefused(LadingError):
    """The package has findings of severity error; nothing was written to dist/."""

    exit_code = 6
    code = "package-refused"


class DeploymentFailed(LadingError):
    """A deployment that could not be, or did not come to its end; the app runs what it ran."""

    exit_code = 7
    code = "deployment-failed"


class DeploymentUnknown(LadingError):
    """A deployment after which it is not known what runs, or one of which a part was done."""

    exit_code = 8
    code = "deployment-unknown"


class DeploymentInterrupted(LadingError):
    """Somebody ended a deployment with Ctrl-C; the message says what is known of the app."""

    exit_code = 130
    code = "interrupted"
