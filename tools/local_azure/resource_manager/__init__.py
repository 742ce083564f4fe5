"""Resource Manager, as far as Microsoft.Web needs it."""
