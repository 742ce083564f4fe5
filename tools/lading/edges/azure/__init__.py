"""Azure: the APIs by which a Function App is looked at and changed, each in a module of its own."""
