"""`qsota sim` as an MCU meets it: plans, their packages and verdicts."""

from sim_mcu import QUICK, SEED_SIZE, Mcu, plain

from qsota_tools import boards
from qsota_tools.package.make import make_package


def test_the_flow_of_the_seed_document(sim, seed, tmp_path):
    link = tmp_path / "modem"
    options = ["--option", "known=on", "--option", "qind=on"]
    run = sim("--link", link, *plain(seed), *QUICK, *options, "--until", "10705", "--transcript")
    mcu = Mcu(link)
    assert mcu.at("AT+QIOTREG=1") == ["OK"]
    mcu.event("10200")
    mcu.event("10200")
    mcu.at("ATE0")
    assert mcu.at('AT+QIOTMCUVER="STM32","1_0_0"') == ["OK"]
    assert mcu.upgrade("STM32", "2_0_0") == seed.read_bytes()
    code, out = run.end()
    assert code == 0
    heads = [entry.split("\n")[0] for entry in out.split("\n\n") if entry.startswith("[")]
    reads = [
        line
        for start in range(0, SEED_SIZE, 1024)
        for line in (
            f"[TX]AT+QIOTOTARD={start},1024",
            f"[RX]+QIOTOTARD: {start},{min(1024, SEED_SIZE - start)}",
        )
    ]
    assert [line.partition(',"')[0] for line in heads] == [
        "[TX]AT+QIOTREG=1",
        "[RX]AT+QIOTREG=1",
        "[RX]OK",
        "[RX]+QIOTEVT: 2,10200",
        "[RX]+QIOTEVT: 3,10200",
        "[TX]ATE0",
        "[RX]ATE0",
        "[RX]OK",
        '[TX]AT+QIOTMCUVER="STM32"',
        "[RX]OK",
        "[TX]AT+QIOTOTAREQ=1",
        "[RX]OK",
        "[RX]+QIOTEVT: 7,10700",
        "[TX]AT+QIOTUPDATE=1",
        "[RX]OK",
        "[RX]+QIOTEVT: 7,10701",
        "[RX]+QIOTEVT: 7,10702",
        "[RX]+QIOTEVT: 7,10703",
        *reads,
        "[TX]AT+QIOTUPDATE=3",
        "[RX]OK",
        "[RX]+QIOTEVT: 7,10704",
        '[TX]AT+QIOTMCUVER="STM32"',
        "[RX]OK",
        '[RX]+QIND: "FOTA"',
        "[RX]+QIOTEVT: 7,10705",
    ]
    words = "".join(seed.read_bytes()[at : at + 4][::-1].hex() + "\n" for at in range(0, 16, 4))
    assert f"[RX]+QIOTOTARD: 0,1024\n\n{words}...\n\nOK\n" in out
    assert not link.is_symlink()


def test_the_json_events_tell_the_progress(sim, seed):
    run = sim(*plain(seed), *QUICK, "--json")
    mcu = Mcu(run.port)
    mcu.connect()
    mcu.upgrade("STM32", "2_0_0")
    code, events = run.events()
    assert code == 0
    kinds = list(dict.fromkeys(event["event"] for event in events))
    assert kinds == [
        "peer",
        "connected",
        "versions",
        "offered",
        "status",
        "confirmed",
        "download",
        "block",
        "read",
        "verdict",
        "plan-ended",
        "done",
    ]
    reads = [event for event in events if event["event"] == "read"]
    assert sum(event["length"] for event in reads) == SEED_SIZE
    assert reads[-1]["start"] + reads[-1]["length"] == reads[-1]["total"] == SEED_SIZE
    assert events[-1]["ok"] is True
    times = [event["t"] for event in events[:-1]]
    assert times == sorted(times)


def test_component_and_version_come_from_a_qsota_package(sim, tmp_path):
    package = tmp_path / "app.qsota"
    package.write_bytes(make_package(b"image" * 100, boards.load("VIRTUAL"), "MCU", "3.1"))
    run = sim("--package", package, *QUICK)
    mcu = Mcu(run.port)
    mcu.connect()
    assert mcu.upgrade("MCU", "3.1") == package.read_bytes()
    assert run.end()[0] == 0


def test_several_packages_are_several_plans_with_a_verdict_each(sim, tmp_path):
    packages = []
    for version in ("1.1", "1.2"):
        path = tmp_path / version
        path.write_bytes(make_package(b"x", boards.load("VIRTUAL"), "MCU", version))
        packages += ["--package", path]
    run = sim(*packages, *QUICK, "--until", "10705,10706")
    mcu = Mcu(run.port)
    mcu.connect()
    mcu.upgrade("MCU", "1.1")
    mcu.upgrade("MCU", "1.1", code=10706)
    code, out = run.end()
    assert code == 0
    assert "done: upgrade failed (10706)" in out


def test_one_plan_for_several_packages(sim, tmp_path):
    packages = []
    for name in ("A", "B"):
        path = tmp_path / name
        path.write_bytes(make_package(b"x", boards.load("VIRTUAL"), name, "2"))
        packages += ["--package", path]
    run = sim(*packages, "--multi", *QUICK, "--until", "10705")
    mcu = Mcu(run.port)
    mcu.connect()
    mcu.upgrade("A", "2")
    size = int(mcu.event(10703).split(",")[-1])
    mcu.read_all(size)
    mcu.finish("B", "2", 10705)
    assert run.end()[0] == 0


def test_another_verdict_than_asked_for_is_exit_code_1(sim, seed):
    run = sim(*plain(seed), *QUICK, "--until", "10705")
    mcu = Mcu(run.port)
    mcu.connect()
    mcu.accept()
    mcu.finish("STM32", "1_0_0", 10706)
    code, out = run.end()
    assert code == 1
    assert "done: plan 1: upgrade failed (10706), not 10705" in out


def test_no_verdict_in_time_is_exit_code_1(sim, seed):
    run = sim(*plain(seed), "--timeout", "0.3")
    code, out = run.end()
    assert code == 1 and "done: timeout" in out
