"""Names by which what the loader leaves and the library meet, and words that MicroPython has.

An application may bring a library that is younger than its loader, or older: so this table is part
of what INTERFACE in firmware/qsota/resident/handover.py stands for, and changes only with it.
"""

_TABLE = """
    BAD=group DmaUart=imag EMPTY=indices GOOD=invert IMAGE_OFFSET=isenabled
    INTERFACE=keepends Image=listen Inbox=mem16 LACK=mem8 NOTHING=memaddr REPORT_NEW=modify
    REPORT_OLD=native Updater=oct Upgrade=parity action=peek again=pend_throw apart=pi
    area=popleft back=ptr bring=qstr_info check=readbit chunk=readbyte damaged=readfrom
    drop=readsize erase_size=real forget=reversed form=scl is_blank=sda keep=separators
    leave=setter left=sizeof let_go=sleep_us load_board=slice origin=splitlines
    other=ticks_cpu payload_form=ticks_us pieces=toggle platform_confirms=uname
    program_size=union put_away=unique_id records=urandom register_mode=usys
    restore=version_info running=mem_alloc seq=writebit set_baud=writebyte settings=writeto
    slot_size=appendleft slots=argv trial_attempts=hard wdt=mem_info
"""

INTERFACE_NAMES = dict(pair.split("=") for pair in _TABLE.split())
