"""IEC 62055-31: states over a power cut."""

from stsbench import LoadBank, MeterUnderTest, requirement


@requirement("31-power-cut-switch")
def test_an_open_switch_is_open_after_a_power_cut(meter: MeterUnderTest, loads: LoadBank) -> None:
    loads.prepare()
    loads.require_open_without_credit()
    meter.cut_power()
    assert not meter.load_switch_is_closed(), "closed without credit after the power cut"
