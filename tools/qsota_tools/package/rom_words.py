"""Words that every stock MicroPython has in flash: a name that is one of them costs no heap.

They are names of methods that only texts, lists and dictionaries have, then of its assembler, of
`math`, `framebuf`, `uctypes`, `errno` and the like; none is an attribute that MicroPython, or an
application, looks for in an object of the library's. Where a firmware lacks one it is a name like
any other.
"""

import itertools
import string
from collections.abc import Iterator

# For names that mean something in one file only: the same ones serve each file. The first of them
# are numbers in a .mpy file.
PRIVATE = """
    popitem setdefault islower isupper isspace isalpha rindex rfind rsplit lstrip reverse extend
    sort sorted divmod locals globals eval sep pow sum
    bl bx clz lsl lsr nop wfi and_ ldrb ldrh movt movw rbit sdiv strb strh udiv vcmp vldr vmov vmrs
    vneg vstr cpsid cpsie ldrex movwt strex vsqrt vcvt_f32_s32 vcvt_s32_f32 acos asin atan ceil erf
    erfc fabs fmod modf acosh asinh atan2 atanh expm1 frexp isinf isnan ldexp log10
    log2 trunc lgamma copysign degrees radians isfinite isclose polar tau
"""

# For names that only the loader's files, and what stays of it, share.
ROOT = """
    ALT C4 FileIO GZIP IRQ_RXIDLE LED OrderedDict PULL_DOWN PWRON_RESET PinAF Signal
    StopAsyncIteration StringIO TaskQueue TextIOWrapper VfsFat ViperTypeError WDT_RESET ZLIB
    accept align alt asr bind blit bootloader bound_method buffering byteorder center closure
    cmath crc8 cur_task datetime deleter dict_view enable fromhex fromkeys frozenset getter
    getvalue gpio
"""

# For names that only files of the library share.
SHARED = """
    ADC PTR GS8 VOID UINT poly hline vline ARRAY ULONG USHORT UINT64 NATIVE BF_LEN BF_POS RGB565
    MVLSB ipoll scroll ellipse framebuf fill_rect FrameBuffer FrameBuffer1 GS2_HMSB GS4_HMSB
    MONO_HLSB MONO_HMSB MONO_VLSB FLOAT32 FLOAT64 BFINT8 BFINT16 BFINT32 BFUINT8 BFUINT16 BFUINT32
    ULONGLONG BIG_ENDIAN LITTLE_ENDIAN addressof bytearray_at bytes_at EACCES EADDRINUSE EAGAIN
    EALREADY EBADF ECONNABORTED ECONNREFUSED ECONNRESET EEXIST EHOSTUNREACH EINPROGRESS EISDIR
    ENOBUFS ENODEV ENOMEM ENOTCONN EOPNOTSUPP errorcode heap_lock heap_unlock kbd_intr opt_level
    stack_use alloc_emergency_exception_buf getrandbits randint randrange uniform seed choice
    isdisjoint issubset issuperset symmetric_difference symmetric_difference_update intersection
    intersection_update a2b_base64 b2a_base64 libc_ver python_compiler nodename sysname gmtime
    mktime localtime time_ns heapify heappop heappush heapq rel_tol abs_tol lightsleep deepsleep
    bitstream time_pulse_us dht_readinto dupterm POLLERR POLLHUP POLLIN POLLOUT SOCK_STREAM
    SOL_SOCKET SO_REUSEADDR getaddrinfo setblocking setsockopt IRQ_FALLING IRQ_RISING CORE_TEMP
    SoftI2C SoftSPI asm_thumb viper ptr8 ptr16 ptr32 readfrom_mem readfrom_mem_into readfrom_into
    writeto_mem writevto write_readinto read_u16 ONE_SHOT PERIODIC OPEN_DRAIN tick_hz ph_key
    lookahead txdone timeout_char sendbreak reset_cause soft_reset disable_irq enable_irq
    maxsize execfile ps1 ps2 doc single print_exception txbuf jmp_pin sideset_opt autopull autopush
    in_shiftdir out_shiftdir wrap_target
"""


def unused(words: str, taken: set[str]) -> Iterator[str]:
    """Those of the words that are not taken."""
    return (word for word in words.split() if word not in taken)


def short_names(taken: set[str]) -> Iterator[str]:
    """`_a`, `_b`, ... as far as they are not taken."""
    letters = string.ascii_lowercase + string.ascii_uppercase
    for size in itertools.count(1):
        for name in map("".join, itertools.product(letters, repeat=size)):
            if "_" + name not in taken:
                yield "_" + name
