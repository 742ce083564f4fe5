"""Who may get a token: Entra ID, and the places that prove who somebody is to it."""
