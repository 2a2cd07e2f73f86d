import sys

from qsota_tools import shim

shim.install()

from qsota_tools.linkcampaign.campaign import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
