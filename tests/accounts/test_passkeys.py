"""A passkey made and used in a real browser, under the real policy of the pages."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.accounts.visitor import PASSWORD
from tests.databases import clean_environment

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.installation import Installation

OWNER = f"""
import django
django.setup()
from vikno.core.models import Company
from vikno.journal import acts
from vikno.staff import actions
Company.objects.create(id=1, name="Каштан")
actions.create_team("Підтримка", by=acts.system())
actions.employ("olena@kashtan.example", role="owner", password={PASSWORD!r}, proof="sign_in", by=acts.system())
"""
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.mark.browser
def test_a_passkey_is_added_and_opens_the_login_alone(web: Installation, page: Page) -> None:
    environment = clean_environment(DJANGO_SETTINGS_MODULE="vikno.settings", **web.settings)
    subprocess.run([sys.executable, "-c", OWNER], env=environment, check=True, cwd=web.folder)
    address = web.url.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, not to a number
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    page.goto(f"{address}/account/login/?next=/account/profile/")
    page.get_by_label("E-mail address").fill("olena@kashtan.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{address}/account/profile/")

    page.goto(f"{address}/account/two-factor/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.locator("[name=passwordless]").check()
    page.get_by_role("button", name="Add a key").click()
    page.wait_for_url("**/account/two-factor/recovery-codes/")

    page.context.clear_cookies()
    page.goto(f"{address}/account/login/?next=/account/profile/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{address}/account/profile/")
    assert "olena@kashtan.example" in page.inner_text("main")
