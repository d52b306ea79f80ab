"""How passwords are stored."""

from __future__ import annotations

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher


class BCrypt12PasswordHasher(BCryptSHA256PasswordHasher):
    """bcrypt over SHA-256, at 12 rounds (Django's own default today, pinned here on purpose).

    The SHA-256 step lifts bcrypt's limit of 72 bytes. Raising `rounds` later re-hashes each
    password at its owner's next sign-in.
    """

    rounds = 12
