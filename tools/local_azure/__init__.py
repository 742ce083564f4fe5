"""An Azure for one machine, for the tests: so far who may get a token from it, and how."""

from local_azure.azure import LocalAzure
from local_azure.identity.directory import ARM, AZURE_DEVOPS, EXCHANGE
from local_azure.identity.entra import Entra
from local_azure.identity.programs import Call

__all__ = ["ARM", "AZURE_DEVOPS", "EXCHANGE", "Call", "Entra", "LocalAzure"]
