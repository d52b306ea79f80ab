"""Real threads on real connections: a token is exchanged once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts import services
from accounts.models import RefreshToken, User
from accounts.tokens import InvalidTokenError
from tests.conftest import PASSWORD


@pytest.mark.django_db(transaction=True)
def test_of_many_that_present_a_token_one_wins_and_the_family_ends() -> None:
    user = User.objects.create_user("owner@example.com", PASSWORD)
    refresh = services.issue(user=user).refresh
    together = Barrier(6)

    def present() -> bool:
        try:
            together.wait(timeout=10)
            services.rotate(refresh=refresh)
        except InvalidTokenError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        outcomes = [future.result() for future in [pool.submit(present) for _ in range(6)]]
    assert outcomes.count(True) == 1
    assert RefreshToken.objects.count() == 2
    assert not RefreshToken.objects.filter(revoked_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_rotation_does_not_escape_a_revocation() -> None:
    """Whichever comes first, no living token is left once everything was revoked."""
    user = User.objects.create_user("owner@example.com", PASSWORD)
    for _ in range(5):
        refresh = services.issue(user=user).refresh
        together = Barrier(2)

        def rotate(token: str = refresh, start: Barrier = together) -> None:
            start.wait(timeout=10)
            try:
                services.rotate(refresh=token)
            except InvalidTokenError:
                return
            finally:
                connection.close()

        def revoke(start: Barrier = together) -> None:
            start.wait(timeout=10)
            services.end_sign_ins(user=user, reason="test")
            connection.close()

        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(rotate), pool.submit(revoke)]:
                future.result()
        assert not RefreshToken.objects.filter(revoked_at=None).exists()
