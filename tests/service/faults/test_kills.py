"""Workers are killed and databases restarted while clients write."""

from __future__ import annotations

import time

import pytest

from .installation import Installation, Load, Workers, is_whole


def wait_for(load, more, seconds=30):
    """Until so many more writes are acknowledged; a busy machine may take its time."""
    seen, until = load.count, time.monotonic() + seconds
    while load.count < seen + more and time.monotonic() < until:
        time.sleep(0.02)


def killing(installation, kills, pause, workers=3):
    with Workers(installation, workers) as serving, Load(serving.port, installation.made) as load:
        for _ in range(kills):
            wait_for(load, 3)
            time.sleep(pause)
            serving.kill_one()
        wait_for(load, 3)
    return serving, load


@pytest.mark.req("T-24")
def test_workers_are_killed_under_load(installation):
    serving, load = killing(installation, 5, 0.05)
    assert serving.killed == 5
    assert load.count >= 15
    is_whole(installation.run("tell"), load)


@pytest.mark.nightly
@pytest.mark.req("T-24")
def test_workers_are_killed_for_long(installation):
    serving, load = killing(installation, 100, 1)
    told = installation.run("tell")
    refused = sum(map(len, load.refused.values()))
    print(f"{serving.killed} kills, {load.count} acknowledged, {load.again} asked again, {refused} stale")
    assert load.again > 0
    is_whole(told, load)


def restarting(tmp_path, own_server, restart, times):
    folder, url = own_server
    installation = Installation(tmp_path / "home", url)
    with Workers(installation, 2) as serving, Load(serving.port, installation.made) as load:
        for _ in range(times):
            wait_for(load, 8)
            restart(folder)
        wait_for(load, 4)
    return installation, load


@pytest.mark.req("T-24")
def test_postgres_is_restarted_under_load(tmp_path, own_server, restart):
    installation, load = restarting(tmp_path, own_server, restart, 2)
    assert load.count >= 20
    is_whole(installation.run("tell"), load)


@pytest.mark.nightly
@pytest.mark.req("T-24")
def test_postgres_is_restarted_often(tmp_path, own_server, restart):
    installation, load = restarting(tmp_path, own_server, restart, 20)
    print(f"20 restarts, {load.count} acknowledged, {load.again} asked again")
    assert load.again > 0
    is_whole(installation.run("tell"), load)


@pytest.mark.req("T-12")
@pytest.mark.req("T-24")
def test_the_clock_jumps_under_load(installation):
    with Workers(installation, 2, drift=9000) as serving, Load(serving.port, installation.made) as load:
        wait_for(load, 25)
    told = installation.run("tell")
    assert told["backwards"] > 5
    is_whole(told, load)
