"""What needs a person is said once when it starts and once when it ends."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from store_samples import NOW, at_once

from digest.store.alerts import Alert, clear_alert, open_alerts, raise_alert
from digest.store.engine import Store
from digest.store.schema import alerts

LATER = NOW + timedelta(hours=1)


def test_an_alert_is_new_once_until_it_is_cleared(store: Store) -> None:
    with store.write() as tx:
        assert raise_alert(tx, "relay:main", "refused", NOW)
        assert not raise_alert(tx, "relay:main", "refused again", LATER)
        assert open_alerts(tx) == [Alert("relay:main", "refused", NOW)]
        assert clear_alert(tx, "relay:main", LATER)
        assert not clear_alert(tx, "relay:main", LATER)
        assert open_alerts(tx) == []
        assert raise_alert(tx, "relay:main", "refused a third time", LATER)
        assert open_alerts(tx) == [Alert("relay:main", "refused a third time", LATER)]


def test_alerts_are_kept_after_they_are_cleared(store: Store) -> None:
    with store.write() as tx:
        raise_alert(tx, "relay:main", "refused", NOW)
        clear_alert(tx, "relay:main", LATER)
        raise_alert(tx, "relay:main", "refused again", LATER)
    with store.read() as tx:
        rows = tx.execute(select(alerts.c.text, alerts.c.cleared_at).order_by(alerts.c.id)).all()
    assert [tuple(row) for row in rows] == [("refused", LATER), ("refused again", None)]


def test_alerts_are_listed_oldest_first(store: Store) -> None:
    with store.write() as tx:
        for key in ("c", "a", "b"):
            raise_alert(tx, key, f"text of {key}", NOW)
        assert [alert.key for alert in open_alerts(tx)] == ["c", "a", "b"]


def test_of_two_that_raise_an_alert_at_once_one_is_first(store: Store) -> None:
    def raise_it(place: int) -> bool:
        with store.write() as tx:
            return raise_alert(tx, "relay:main", f"seen by {place}", NOW)

    assert sorted(at_once(4, raise_it)) == [False, False, False, True]
    with store.read() as tx:
        assert len(open_alerts(tx)) == 1
