"""Every state of a delivery that a person may meet is said in words."""

import pytest

from vikno.dialogs.delivery_words import Code, explain
from vikno.dialogs.models import Delivery


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_words(code: Code) -> None:
    assert len(explain(Delivery(state=Delivery.State.REFUSED, reason=f"{code}: 550 no"))) > 30
