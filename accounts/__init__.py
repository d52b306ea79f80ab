"""People: sign-in, MFA, tokens, preferences, audit trail."""
