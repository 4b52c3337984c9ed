"""The cards and the RAM of the simulated body, as the real supervisor finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulation import supervised_camera, truth
from tests.simulation.card import MemoryCard

from photonic.errors import BadInput, CaptureError, FailureKind
from photonic.worker.link.card_messages import LeftOnCard, Unaccounted
from photonic.worker.link.messages import Staged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulation.supervised_camera import SupervisedCamera


def test_a_photo_in_the_ram_is_nowhere_else(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        await camera.capture("c1")
        (exposure,) = camera.body.truth.exposures
        ((staged, content),) = camera.staged("c1")
        assert staged.in_ram
        assert camera.body.truth.of(content) is exposure
        assert (exposure.in_ram, exposure.lost) == (True, None)
        assert not camera.cards[0].files
        camera.body.unplug()
        camera.body.plug_in()
        assert exposure.lost is None
        await camera.opened()

    supervised_camera.run(tmp_path, scenario, capture_target="ram")


@pytest.mark.parametrize("reported", [True, False])
def test_what_is_in_the_ram_is_lost_with_the_connection(tmp_path: Path, *, reported: bool) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.opened()
        exposure = camera.body.press()
        assert exposure is not None
        if reported:
            camera.body.finish()
        camera.body.unplug()
        camera.body.finish()
        assert exposure.lost == truth.IN_RAM_AT_THE_END

    supervised_camera.run(tmp_path, scenario, capture_target="ram")


def test_the_card_is_listed_fetched_and_deleted_from(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        # As before the service has started: nobody reports these.
        photo = camera.body.press()
        camera.body.finish()
        film = camera.body.take_film()
        assert photo is not None
        assert film is not None
        await camera.live()
        listed = await camera.supervisor.transient.list_card()
        assert [one.name for one in listed.objects] == [*photo.files, *film.files]
        left = listed.objects
        while left:
            fetched = await camera.supervisor.transient.fetch(left, str(camera.staging))
            left = tuple(one.object for one in fetched.unfinished)
        found = [camera.body.truth.of(content) for _one, content in camera.staged(None)]
        assert found == [photo, film]
        await camera.supervisor.transient.delete(listed.objects[0])
        assert [name for _folder, name in camera.cards[0].files] == list(film.files)
        with pytest.raises(BadInput, match="no longer on the card"):
            await camera.supervisor.transient.delete(listed.objects[0])

    supervised_camera.run(tmp_path, scenario)


def test_a_film_stays_on_the_card(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        film = camera.body.take_film()
        assert film is not None
        await camera.until(lambda: camera.of(LeftOnCard))
        assert [event.object.name for event in camera.of(LeftOnCard)] == list(film.files)
        assert not camera.staged(None)

    supervised_camera.run(tmp_path, scenario)


def test_a_photo_that_is_not_reported_is_missed_by_the_audit_of_the_card(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        await camera.live()
        camera.body.report_seconds = None
        camera.body.press()
        camera.body.report_seconds = 0.0
        await camera.until(lambda: camera.of(Unaccounted))
        assert [event.shots for event in camera.of(Unaccounted)] == [1]

    supervised_camera.run(tmp_path, scenario)


def test_the_photo_on_the_second_card_is_a_copy(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        camera.body.copies_to_second = True
        await camera.live()
        await camera.capture("c1")
        assert camera.cards[0].files == camera.cards[1].files
        assert len(camera.of(Staged)) == 1
        await camera.until(lambda: len(camera.frames) > 200)
        assert not camera.of(Unaccounted)

    supervised_camera.run(tmp_path, scenario, cards=2)


def test_a_full_card_refuses_and_the_next_one_takes_the_photo(tmp_path: Path) -> None:
    async def scenario(camera: SupervisedCamera) -> None:
        full = MemoryCard("full", 1024)
        camera.body.change_card(0, full)
        await camera.live()
        with pytest.raises(CaptureError) as refused:
            await camera.capture("c1")
        assert refused.value.kind is FailureKind.CAMERA_STORAGE_FULL
        assert not camera.body.truth.exposures
        assert camera.body.change_card(0, MemoryCard("empty")) is full
        await camera.capture("c2")
        assert len(camera.staged("c2")) == 1

    supervised_camera.run(tmp_path, scenario)
