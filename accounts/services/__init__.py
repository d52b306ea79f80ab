"""Writes about people, one module a noun."""

from accounts.services.audit import Action, record
from accounts.services.people import register, update_preferences, update_profile
from accounts.services.sign_ins import (
    TokenPair,
    delete_expired,
    end_sessions,
    end_sign_in,
    end_sign_ins,
    issue,
    rotate,
    sign_out,
)

__all__ = [
    "Action",
    "TokenPair",
    "delete_expired",
    "end_sessions",
    "end_sign_in",
    "end_sign_ins",
    "issue",
    "record",
    "register",
    "rotate",
    "sign_out",
    "update_preferences",
    "update_profile",
]
