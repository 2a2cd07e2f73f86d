"""Two RSA-3072 keys that sign nothing but test packages, and a signer for both interpreters."""

import binascii
import struct

from qsota.update import rsa
from qsota.update.package import HEADER_SIZE, SIGNED_SIZE


class Key:
    """A private key by its two primes and its exponents for them."""

    def __init__(self, p, q, dp, dq):
        self._p, self._q, self._dp, self._dq = (int(number, 16) for number in (p, q, dp, dq))
        self._inverse = pow(self._q, self._p - 2, self._p)
        self.n = self._p * self._q
        self.modulus = self.n.to_bytes(rsa.SIZE, "big")

    def raw(self, block):
        """block (384 bytes) to the power of the private exponent."""
        number = int.from_bytes(block, "big")
        a = pow(number % self._p, self._dp, self._p)
        b = pow(number % self._q, self._dq, self._q)
        return (b + self._q * ((a - b) * self._inverse % self._p)).to_bytes(rsa.SIZE, "big")

    def signature(self, message):
        return self.raw(rsa._block(message))

    def sign(self, package):
        """The package with this key's signature."""
        head = bytearray(package[:HEADER_SIZE])
        struct.pack_into("<I", head, 28, rsa.key_id(self.modulus))
        struct.pack_into("<I", head, 380, binascii.crc32(head[:380]))
        head[SIGNED_SIZE:] = self.signature(bytes(head[:SIGNED_SIZE]))
        return bytes(head) + package[HEADER_SIZE:]


KEY = Key(
    p=(
        "cb58c507f6741ef940901579c262c3ce7dfd8e5bfd22667b52bccb448d197e33c743d449461dc6384eb9f"
        "32a62b7264a6971f889334cf25f8ea324628926adad63429db8e13d2703a36cbc9f27cf48b501829fe4dc"
        "926db101269aebac21098ead2ab8cec217a2b296d38d555c853dc6893f207af845def7e5cc14c7f430f76"
        "c666d5eb32ade4867e820bc88869e0c80247460a1ba3cd6f84e5c1f3c26dcc48509e759d1b5bdc6705818"
        "cf682cc5374cceae3b95236b66f365dac7b844992dbd"
    ),
    q=(
        "c0c874ef9ce8c9c9d07455f80436dfa379998f3322e47450aaf05073188f55ce5558ff294aa329833c47c"
        "8dd8aa12410020b03d6e5da19a9adafa2df42aad622634a221e207ad7e040fc6bc8363a08e4de1a18bbe1"
        "a127c1f15050d45d7bab2840cd76178e8b5d7fe73a156933a76c440041f204abc930f6666bbe7dcc4b4bb"
        "3d02ca791a3e1726370240716ff6378b2862000c58603786d7ec30df1d484c0f9cda3c49c8ec6d2849edb"
        "288e8e7376893dd20d37a70f6707ec471a25375bf8cb"
    ),
    dp=(
        "c11464e18eadebcb17f6b7ad8959663ae77e9e71d2059bf1753a3677bcd27bf6863a6d93b5b407c6e759c"
        "0fe7a0515a28a44e18cc4dd47365ca5a3a2bc3fb1a1752287c848765c59240fd779f7bee676981c83de37"
        "62022d93be2853a679282e05570f6ba2f7f65044ce52e0be9cf56f525a5268f0dcc73df340b86ab3fedab"
        "05f01726e054252d5f69f3ee5138d76a925f42adce58d674116867a520f4488851a46460ecdd688599c0c"
        "d2c343df6f06cb28bd027b433bd9d8d8c7d2bbb006b1"
    ),
    dq=(
        "25ba957817834f8a99ab4aefe113442d602cf763909e994cf84753d752a52aabd8f433ebc6d9abd42d45f"
        "73fb453d914f0f16aecf1caff5ebfc931dcf3d52f57478b48a610c139e27f95671aa5d231cf68d03eaaf6"
        "7b6da67d2db4c3fb0faaed93d1221d761e3c4c3dda963a228bcf9a775a709d0d69b095687209b3e0f9937"
        "53b76a1ccd4ffd83d31c33b47faef62bdbd9621d0866bc373da6d1e1b87f5fb36685276b61513403c0842"
        "e7eb0e61f67ee1846c65c9e22fcdd3260f2ddd69b885"
    ),
)
OTHER_KEY = Key(
    p=(
        "f9287bc86319be96ae145a175227327550d982866a7d408dc152f866b6d65bbf75ba984937aff1e284800"
        "6c28a2bc141571c1f8eb358096977ab086539a8b96349448d846ba6b25f0fa1f69986c6a48465f3c45eca"
        "a9650fb4008b2eeb699a076a5e715385fc6c0cbe6eed1590a4090ac0e8033cd1532a3b92dff3080c5677b"
        "a3138d4e812db0c8d51489266c85be49e8cff30e08e2da7156dfac603f2081b2f27c4806db00db06d1568"
        "360c97b5ad58b1d28fd531d0616a3dfe0b82a87feb73"
    ),
    q=(
        "c892edb50b9a5a1707cbd7e8670df89abe2d1fc59f987dc2a1b5a0f7443567f6b40e5babc85dd230c674d"
        "071e306604a5a10207d9b877770a983d3e2c2897426cdb7e7218f97ca13904fc3309359656844d5554bb3"
        "2f65a4db852678bd34d6a2890968a28f31dcb6909776301a84f9d365b11153fa18c981e91e182f04b7477"
        "06544be3142e7262fc548befd4eeea21ad45b0e41bdabf4e02558250b471f6084bff3020abe35a94bb186"
        "ccb54b3a78770c099ada1565bab046ef34640108c861"
    ),
    dp=(
        "5ed7e53ea352a2751330d61678844935d51fe70aa9b0a20913e5347f4cec0e22b47ae20b44f269be1337f"
        "4dacae3dafdb75e12392cd5bf4771711e9201bfd34a1312d057eeee96898f16d51b1dedb1a46076c97257"
        "ece17677cb992fb4170fb5f0eca070edd8e77c76651d448f3991e39109006a7f380c247f45566ae2df6b5"
        "5e9f4bb3ed826a0018f4673cc424a909d3608d21f389ff2313b1b319340e78b098936c8b87842cdbcc860"
        "51eabb394212382671eff2b562cfa1677a143375f637"
    ),
    dq=(
        "ac1aff63a97821b3bf59d78330e2991ed6eecb637d25914bf00c74f9978aa811d5c0b84277e4a1967ec3f"
        "f94a9b46fed7cc877c8b02b167f12c5ee8b9657f1d5d611e67f32c2918026057b3c744372337d54fd22be"
        "b77de56f041ad5e1acb43bb590e03b14da3944625fc4e753ea24a09392d3869684ac6c0fc76602fa6df61"
        "be8998b05a41dc9f395ba6d3fd87a059935fc88083b239134c076991acb458e417a9f9f71ee730738cf35"
        "16f4bd7f879cc7347aae854bcc5cb4114f883c26f821"
    ),
)
