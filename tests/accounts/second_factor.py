"""An authenticator app, as far as a test needs one."""

import time
from dataclasses import dataclass

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value


@dataclass
class SecondFactor:
    secret: str
    recovery_codes: list[str]

    def code(self) -> str:
        """The code of this half minute. A test that crosses into the next one asks again."""
        return str(format_hotp_value(hotp_value(self.secret, int(time.time()) // 30)))
