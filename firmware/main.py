import qsota.boot.loader

qsota.boot.loader.hand_over()
