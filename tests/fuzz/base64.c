/* Keys come as base64 of exactly 30 or 28 bytes: what is taken is the one text of those bytes. */
#include "base/base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const size_t key_lens[] = {30, 28, 0, 1};
    for (size_t i = 0; i < sizeof key_lens / sizeof key_lens[0]; i++) {
        uint8_t key[30];
        char text[BASE64_LEN(30)];
        if (!base64_decode((struct str){(const char *)data, len}, key, key_lens[i]))
            continue;
        base64_encode(key, key_lens[i], text);
        if (len != BASE64_LEN(key_lens[i]) || (len > 0 && memcmp(text, data, len) != 0))
            abort();
    }
    return 0;
}
