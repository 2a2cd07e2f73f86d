import qsota.boot.loader

qsota.boot.loader.boot()
