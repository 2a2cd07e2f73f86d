import sys

from qsota_tools.linkcampaign.campaign import main

sys.exit(main())
