"""IEC 62055-31: states over a power cut."""

from stsbench import LoadBank, MeterUnderTest, precondition, requirement


@requirement("31-power-cut-switch")
def test_an_open_switch_is_open_after_a_power_cut(meter: MeterUnderTest, loads: LoadBank) -> None:
    loads.prepare()
    loads.use_up_all()
    precondition(
        not meter.load_switch_is_closed(), "the load switch is closed without credit", breaks="31-switch-opens"
    )
    meter.cut_power()
    assert not meter.load_switch_is_closed(), "closed without credit after the power cut"
