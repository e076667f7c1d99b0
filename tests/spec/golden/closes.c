/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/closes.h"

const struct close_said close_said[CLOSES] = {
    [CLOSE_TIRED] = {1001, STR_INIT("tired")},
    [CLOSE_LATE] = {1001, STR_INIT("it is late")},
    [CLOSE_WHY_NOT] = {4000, STR_INIT("why \"not\"\?")},
};
