"""POST /api/users/register, /login, /refresh, /logout."""

import datetime as dt
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import selectors, services
from accounts.authentication import user_from_access_token
from accounts.hashers import BCrypt12PasswordHasher
from accounts.models import AuditEntry, RefreshToken, User
from accounts.throttles import SignInThrottle
from accounts.tokens import InvalidTokenError
from tests.accounts.second_factor import SecondFactor
from tests.conftest import PASSWORD

NEW = {"email": "new@example.com", "password": "four-salted-anchors"}


def login(api: APIClient, email: str, password: str = PASSWORD, **more: str) -> Any:
    return api.post("/api/users/login", {"email": email, "password": password, **more})


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])


def signed(api: APIClient, access: str) -> APIClient:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return api


# --- Register -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_new_person_comes_with_preferences_and_can_sign_in(api: APIClient) -> None:
    answer = api.post("/api/users/register", NEW | {"name": "Nadia", "email": "NEW@Example.com"})
    assert answer.status_code == 201
    user = User.objects.get(email="new@example.com")
    assert (user.name, user.preferences.base_currency) == ("Nadia", "USD")
    assert EmailAddress.objects.get(user=user).verified is False
    assert user.password.startswith("bcrypt_sha256$")
    assert mail.outbox[0].to == ["new@example.com"]
    assert "messages" not in answer.cookies
    assert "sessionid" not in answer.cookies
    assert login(api, "New@example.com", NEW["password"]).status_code == 200


def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(
    api: APIClient, owner: User
) -> None:
    new = api.post("/api/users/register", NEW)
    mail.outbox.clear()
    known = api.post("/api/users/register", NEW | {"email": "Owner@Example.com"})
    assert known.status_code == new.status_code == 201
    assert known.json()["detail"] == new.json()["detail"]
    assert known.json().keys() == new.json().keys()
    assert User.objects.filter(email__iexact=owner.email).count() == 1
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    assert mail.outbox[0].to == ["owner@example.com"]
    assert "already" in mail.outbox[0].body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "1234567890"}, "password"),
        ({"password": "new@example.com"}, "password"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_bad_input_names_the_field(api: APIClient, changes: dict[str, str], field: str) -> None:
    answer = api.post("/api/users/register", NEW | changes)
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert not User.objects.exists()


# --- Login --------------------------------------------------------------------------------------


def test_the_token_is_of_the_person(tokens: dict[str, str], owner: User) -> None:
    assert user_from_access_token(tokens["access"]) == owner
    with pytest.raises(InvalidTokenError):
        user_from_access_token(tokens["refresh"])


def test_unknown_wrong_and_inactive_get_one_answer(api: APIClient, owner: User, mate: User) -> None:
    User.objects.filter(pk=mate.pk).update(is_active=False)
    answers = [
        login(api, "nobody@example.com"),
        login(api, owner.email, "a-wrong-pass-phrase"),
        login(api, mate.email),
    ]
    said = []
    for answer in answers:
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        body = answer.json()["error"]
        body.pop("request_id")
        said.append(body)
    assert said[0] == said[1] == said[2]
    assert said[0]["code"] == "credentials_invalid"


def test_an_unknown_address_costs_a_hash_too(
    api: APIClient, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts hashes rather than measuring time."""
    hashed: list[str] = []
    encode = BCrypt12PasswordHasher.encode

    def counted(self: BCrypt12PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(BCrypt12PasswordHasher, "encode", counted)
    counts = []
    for email in (owner.email, "nobody@example.com"):
        hashed.clear()
        login(api, email, "a-wrong-pass-phrase")
        counts.append(len(hashed))
    assert counts == [1, 1]


def test_a_stale_bearer_token_does_not_bar_the_way_in(api: APIClient, owner: User) -> None:
    assert login(signed(api, "rubbish"), owner.email).status_code == 200


def test_failed_attempts_on_one_account_are_limited(api: APIClient, owner: User) -> None:
    for _ in range(5):
        assert login(api, owner.email, "a-wrong-pass-phrase").status_code == 401
    refused = login(api, owner.email)
    assert refused.status_code == 429
    assert code_of(refused) == "throttled"


def test_attempts_from_one_address_are_limited_whatever_header_it_sends(
    api: APIClient, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SignInThrottle, "rate", "3/min", raising=False)
    for number in range(3):
        answer = api.post("/api/users/login", {}, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        assert answer.status_code == 400
    answer = api.post("/api/users/login", {}, HTTP_X_FORWARDED_FOR="10.0.0.9")
    assert answer.status_code == 429


@pytest.mark.django_db
def test_where_verification_is_mandatory_tokens_wait_for_it(
    api: APIClient, settings: Settings
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    user = services.register(email=NEW["email"], password=NEW["password"])
    refused = login(api, user.email, NEW["password"])
    assert (refused.status_code, code_of(refused)) == (401, "email_unverified")
    assert mail.outbox[0].to == [user.email]
    EmailAddress.objects.filter(user=user).update(verified=True)
    assert login(api, user.email, NEW["password"]).status_code == 200


# --- The second factor --------------------------------------------------------------------------


def test_the_password_alone_is_not_enough(
    api: APIClient, owner: User, second_factor: SecondFactor
) -> None:
    asked = login(api, owner.email)
    assert (asked.status_code, code_of(asked)) == (401, "mfa_required")
    wrong = login(api, owner.email, code="000000")
    assert (wrong.status_code, code_of(wrong)) == (401, "mfa_invalid")
    assert not RefreshToken.objects.exists()
    right = login(api, owner.email, code=second_factor.code())
    assert right.status_code == 200


def test_a_code_works_once(api: APIClient, owner: User, second_factor: SecondFactor) -> None:
    code = second_factor.code()
    assert login(api, owner.email, code=code).status_code == 200
    again = login(api, owner.email, code=code)
    assert (again.status_code, code_of(again)) == (401, "mfa_invalid")


def test_a_recovery_code_works_once(
    api: APIClient, owner: User, second_factor: SecondFactor
) -> None:
    code = second_factor.recovery_codes[3]
    assert login(api, owner.email, code=code).status_code == 200
    assert code_of(login(api, owner.email, code=code)) == "mfa_invalid"
    assert login(api, owner.email, code=second_factor.recovery_codes[4]).status_code == 200


def test_the_code_without_the_password_tells_nothing(
    api: APIClient, owner: User, second_factor: SecondFactor
) -> None:
    answer = login(api, owner.email, "a-wrong-pass-phrase", code=second_factor.code())
    assert code_of(answer) == "credentials_invalid"


def test_guessing_codes_is_limited(
    api: APIClient, owner: User, second_factor: SecondFactor
) -> None:
    for _ in range(5):
        assert code_of(login(api, owner.email, code="000000")) == "mfa_invalid"
    assert login(api, owner.email, code=second_factor.code()).status_code == 429


# --- Refresh and logout -------------------------------------------------------------------------


def refresh(api: APIClient, token: str) -> Any:
    return api.post("/api/users/refresh", {"refresh": token})


def test_rotation_gives_a_new_pair_in_the_same_family(
    api: APIClient, tokens: dict[str, str], owner: User
) -> None:
    answer = refresh(api, tokens["refresh"])
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["refresh"] != tokens["refresh"]
    assert user_from_access_token(answer.json()["access"]) == owner
    assert RefreshToken.objects.values_list("family").distinct().count() == 1
    assert selectors.sign_ins_for(owner).count() == 1


def test_reuse_ends_the_family_and_only_it(
    api: APIClient, tokens: dict[str, str], owner: User
) -> None:
    other = login(api, owner.email).json()
    second = refresh(api, tokens["refresh"]).json()
    reused = refresh(api, tokens["refresh"])
    assert (reused.status_code, code_of(reused)) == (401, "token_invalid")
    assert refresh(api, second["refresh"]).status_code == 401
    with pytest.raises(InvalidTokenError):
        user_from_access_token(second["access"])
    assert user_from_access_token(other["access"]) == owner
    assert refresh(api, other["refresh"]).status_code == 200
    assert AuditEntry.objects.filter(user=owner, action="tokens.reused").count() == 1


def test_logout_ends_access_at_once_and_may_be_repeated(
    api: APIClient, tokens: dict[str, str]
) -> None:
    for _ in range(2):
        assert api.post("/api/users/logout", {"refresh": tokens["refresh"]}).status_code == 204
    assert signed(api, tokens["access"]).get("/api/users/me").status_code == 401
    assert refresh(api, tokens["refresh"]).status_code == 401


def test_an_access_token_does_not_refresh(api: APIClient, tokens: dict[str, str]) -> None:
    assert refresh(api, tokens["access"]).status_code == 401
    assert api.post("/api/users/logout", {"refresh": "x"}).status_code == 401
    assert refresh(api, "").status_code == 400


def test_an_expired_row_is_not_refreshed_and_is_forgotten(
    api: APIClient, tokens: dict[str, str], owner: User
) -> None:
    RefreshToken.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert refresh(api, tokens["refresh"]).status_code == 401
    assert services.delete_expired() == 1


def test_an_inactive_person_is_refused_everywhere(
    api: APIClient, tokens: dict[str, str], owner: User
) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert refresh(api, tokens["refresh"]).status_code == 401
    assert signed(api, tokens["access"]).get("/api/users/me").status_code == 401
    with pytest.raises(InvalidTokenError):
        user_from_access_token(tokens["access"])


def test_a_changed_password_ends_every_token(
    api: APIClient, tokens: dict[str, str], owner: User
) -> None:
    """Even where no service was called: the fingerprint no longer fits."""
    owner.set_password("another-pass-phrase")
    owner.save()
    assert refresh(api, tokens["refresh"]).status_code == 401
    with pytest.raises(InvalidTokenError):
        user_from_access_token(tokens["access"])


def test_the_token_of_one_is_not_the_token_of_another(
    api: APIClient, tokens: dict[str, str], stranger: User
) -> None:
    RefreshToken.objects.update(user=stranger)
    assert refresh(api, tokens["refresh"]).status_code == 401
    with pytest.raises(InvalidTokenError):
        user_from_access_token(tokens["access"])


def test_a_401_says_how_to_sign_in(api: APIClient, owner: User) -> None:
    for client in (api, signed(APIClient(), "rubbish")):
        answer = client.get("/api/users/me")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_checking_a_token_takes_one_query(
    tokens: dict[str, str], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        user_from_access_token(tokens["access"])
