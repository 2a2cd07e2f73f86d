# Lets the bytecode of the library run where it lies in flash that has addresses, as
# docs/architecture.md tells. MicroPython copies it into the heap as it stands in the file; nothing
# in it depends on where it is. So, right after the import of a module from the pack, its functions
# are told that it is in flash, and the copy is collected.
#
# Before anything of the module was called, or while a known function of it runs and nothing else:
# the frame of a call, or of a coroutine, points into the bytecode, and does not keep the copy.
from array import array
from struct import calcsize, unpack_from

import uctypes
from micropython import const

# The object of a function: its type, its module, the functions within it, its bytecode.
_WORD = uctypes.UINT32 if calcsize("P") == 4 else uctypes.UINT64
_OBJECT = uctypes.ARRAY | 0, 4 | _WORD
_TYPE, _MODULE, _INNER, _CODE = const(0), const(1), const(2), const(3)
_PLACE_BITS = const(20)  # as packed.py has them
_KEY = const(2)  # of these bytes of a function's code, mostly its name and an argument's
_KEY_AT = const(2)
_SIZE, _CHILDREN = const(3), const(4)  # in the number before a function: its size, and more within
_NUMBER = const(4)  # bytes of a number, in LittleFS and in the pack
_HEAD = const(512)
_TOTAL = const(130816)  # of the numbers below that
_REGION = const(24)  # memory and flash differ in what is above these bits of an address


def _plain():
    total = 0
    for n in range(_HEAD):
        total += n
    return total


def _steps():
    for n in range(_HEAD):
        yield n


_KINDS = type(_plain), type(_steps)


def take(pack, module, place, running=None):
    """Have the functions and methods of what the pack has loaded from that place run where they
    are, as far as they are found there, byte for byte, but for one that runs. This module comes
    first: it finds out whether that can be at all, and where the pack is."""
    if pack.chain is not None:
        _move(module.__dict__, id(module), running, *_places(pack, place))
    elif module.__dict__.get("take") is take:
        pack.chain = _chain(pack.path, *pack.flash)
        if not (pack.chain and _works(id(module), *_places(pack, place))):
            pack.flash = None


def _move(names, module, running, pieces, keys, codes):
    spaces = [names]
    for space in spaces:
        for function in space.values():
            if not isinstance(function, _KINDS):
                if isinstance(function, type) and space is names:
                    spaces.append(getattr(function, "__dict__", {}))
                continue
            if function is running:
                continue
            words = uctypes.struct(id(function), _OBJECT)
            code = words[_CODE]
            # What another module has made may be running; what is not in memory is in place.
            if words[_MODULE] != module or (code ^ module) >> _REGION or code % _NUMBER:
                continue
            key = uctypes.bytes_at(code + _KEY_AT, _KEY)
            at = keys.find(key)
            while at >= 0 and (at % _KEY or not _moved(words, pieces, codes[at], codes[at + 1])):
                at = keys.find(key, at + 1)


def _moved(words, pieces, begin, size):
    # Whether that is its code; then it is in place.
    for start, end, address in pieces:
        if start <= begin and begin + size <= end:
            address += begin
            if uctypes.bytearray_at(address, size) == uctypes.bytearray_at(words[_CODE], size):
                words[_CODE] = address
                return True
    return False


def _works(module, *places):
    # Tried with two functions of this module: another MicroPython may make them otherwise. One of
    # them may lie in two blocks.
    functions = {"plain": _plain, "steps": _steps}
    copies = []
    for function in functions.values():
        words = uctypes.struct(id(function), _OBJECT)
        if words[_TYPE] != id(type(function)) or words[_MODULE] != module or words[_INNER]:
            return False
        copies.append(words[_CODE])
    _move(functions, module, None, *places)
    for function in functions.values():
        if uctypes.struct(id(function), _OBJECT)[_CODE] not in copies:
            return _plain() == sum(_steps()) == _TOTAL
    return False


def _places(pack, place):
    # Of the file there: (where its pieces begin and end in it, the address at which it would begin
    # by that); a key for each function; and where the bytecode of each begins, and its size.
    address, _, block = pack.flash
    first, start, size = place >> _PLACE_BITS, 0, pack.size
    i, at = _in_block((place & (1 << _PLACE_BITS) - 1) + _NUMBER, block)
    pieces, code = [], b""
    while start < size:
        end = min(start + block - at, size)
        here = address + pack.chain[i] * block + at - start
        pieces.append((start, end, here))
        skip = max(start, first or size)
        if skip < end:
            code += uctypes.bytes_at(here + skip, end - skip)
        start, i = end, i + 1
        at = _pointers(i)
    keys, codes, at = bytearray(), array("H"), 0
    while at < len(code):
        number, byte = 0, 0x80
        while byte & 0x80:
            byte = code[at]
            number = number << 7 | byte & 0x7F
            at += 1
        keys.extend(code[at + _KEY_AT : at + _KEY_AT + _KEY])
        codes.append(first + at)
        codes.append(number >> _SIZE)
        at += number >> _SIZE
        if number & _CHILDREN:  # how many they are
            while code[at] & 0x80:
                at += 1
            at += 1
    return pieces, keys, codes


def _chain(path, address, size, block):
    # The blocks of the root that hold the pack; None if they are not found. The last one is known
    # by its end, those before it by LittleFS's pointers, and that it was the right one by the
    # first.
    with open(path, "rb") as file:
        head = file.read(_HEAD)
        end = file.seek(0, 2)
        last, at = _in_block(end - 1, block)
        at += 1
        file.seek(end - min(_HEAD, at - _pointers(last)))
        tail = file.read()
    count = size // block
    for n in range(count):
        if uctypes.bytearray_at(address + n * block + at - len(tail), len(tail)) == tail:
            chain = array("H", bytes(2 * last + 2))
            for i in range(last, -1, -1):
                if n >= count:
                    break
                chain[i] = n
                here = address + n * block
                n = unpack_from("<I", uctypes.bytearray_at(here, _NUMBER))[0]
            else:
                if uctypes.bytearray_at(here, len(head)) == head:
                    return chain
    return None


def _in_block(place, block):
    # Of a place in a file of LittleFS: which block of it, and where in that.
    room = block - 2 * _NUMBER
    i = place // room
    if i:
        i = (place - _NUMBER * (bin(i - 1).count("1") + 2)) // room
    return i, place - room * i - _NUMBER * bin(i).count("1")


def _pointers(i):
    # With how many bytes of them, to blocks before it, block i of a file begins: as many as 2
    # divides i, and one more; the first is to block i - 1.
    return _NUMBER * (bin((i & -i) - 1).count("1") + 1) if i else 0
