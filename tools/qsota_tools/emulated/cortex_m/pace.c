/* Called by unicorn before each translated block: counts the code that runs, and stops in time.
 *
 * Compiled at the first start and loaded by pace.py, which has the same structure. It needs no
 * header of unicorn: the two functions of it come as pointers.
 */
#include <stdint.h>

struct pace {
    uint64_t executed; /* half words of code since the start */
    uint64_t limit;    /* stop before the block that would begin at or after this */
    uint32_t stopped;  /* 1: at the limit, 2: interrupts are no longer held back */
    uint32_t held;     /* an interrupt waits for PRIMASK or BASEPRI */
    int32_t primask, basepri;
    int32_t (*stop)(void *engine);
    int32_t (*read_register)(void *engine, int32_t number, void *value);
};

static int masked(void *engine, struct pace *pace)
{
    uint32_t primask = 0, basepri = 0;
    pace->read_register(engine, pace->primask, &primask);
    pace->read_register(engine, pace->basepri, &basepri);
    return (primask & 1) || basepri;
}

void pace_block(void *engine, uint64_t address, uint32_t size, struct pace *pace)
{
    (void)address;
    if (pace->executed >= pace->limit) {
        pace->stopped = 1;
        pace->stop(engine);
    } else if (pace->held && !masked(engine, pace)) {
        pace->stopped = 2;
        pace->stop(engine);
    } else {
        pace->executed += size >> 1;
    }
}
