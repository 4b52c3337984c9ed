from __future__ import annotations

from tests.support.asking import CAMERA, app_context_behind, asking
from tests.support.fake_controller import FakeController

from photonic.access.tries import FREE_TRIES

TOKEN = "sixteen-letters-and-more"
STATUS = f"{CAMERA}/status"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_wrong_tokens_cost_a_wait_and_the_right_one_does_not() -> None:
    async with asking(FakeController(), token=TOKEN) as client:
        wrong = [await client.get(STATUS, headers=bearer(f"{TOKEN}{number}")) for number in range(FREE_TRIES)]
        right = await client.get(STATUS, headers=bearer(TOKEN))
        metrics = (await client.get("/metrics", headers=bearer(TOKEN))).text
        refused = app_context_behind(client).refused.counts
    assert [answer.status_code for answer in wrong] == [401] * (FREE_TRIES - 1) + [429]
    assert int(wrong[-1].headers["retry-after"]) > 0
    assert "photonic token list" in wrong[-1].json()["detail"]
    assert right.status_code == 200
    assert f'photonic_wrong_tries_total{{of="sign_in"}} {FREE_TRIES}' in metrics
    assert refused == {401: FREE_TRIES - 1, 429: 1}
