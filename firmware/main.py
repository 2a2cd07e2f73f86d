import qsota.loader

qsota.loader.hand_over()
