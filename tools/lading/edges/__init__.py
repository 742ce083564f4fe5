"""The world: each module owns one outside thing and says so in its first line."""
