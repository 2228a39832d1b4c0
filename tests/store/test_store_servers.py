"""Several servers on one store: whose runs are under way, and who is taken for dead."""

from __future__ import annotations

import threading

from store_rows import PLACE, chunk, fill, run_id

from app.store import upkeep as store_upkeep
from app.store.schema import servers
from app.store.store import Store


def test_servers_leave_each_others_runs_alone(place: PLACE, open_store):
    first, second = open_store(place), open_store(place)
    fill(first, 0, 2)
    fill(second, 1)
    for each in (first, second, open_store(place)):
        each.keep(busy=True)
        assert {run.state for run in each.list("ada")[0]} == {"running"}
    first.close()
    assert [(run.name, run.state) for run in second.list("ada")[0]] == [("Run 1", "running"), ("Run 0", "interrupted")]
    assert second.get(run_id(0)).message == store_upkeep.INTERRUPTED and len(list(second.events(run_id(0)))) == 4


def test_a_server_that_gives_no_sign_of_life_is_dead(place: PLACE, open_store):
    first, second = open_store(place), open_store(place)
    id = fill(first, 0, 2)
    with second.engine.execution_options(write=True).begin() as connection:
        connection.execute(servers.update().values(seen=servers.c.seen - store_upkeep.LEASE - 1))
    assert second.get(id).state == "interrupted"
    first.append(id, 2, chunk(2), 30, {})  # it was only slow
    run = second.get(id)
    assert (run.state, run.message, run.chunks) == ("running", "", 3)
    first.finish(id, "finished")
    assert second.list("ada", state="finished")[1] == 1


def test_servers_that_start_together(place: PLACE, open_store):
    stores = [open_store(place) for _ in range(4)]
    barrier, found = threading.Barrier(4), []

    def begin(store: Store) -> None:
        barrier.wait()
        found.append(store.list("ada"))

    threads = [threading.Thread(target=begin, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [([], 0)] * 4
