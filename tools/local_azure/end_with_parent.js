// Loaded before Azurite: its standard input is the parent's, and ends with it, however that ends.
process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0)).resume();
