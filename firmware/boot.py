import qsota.loader

qsota.loader.boot()
