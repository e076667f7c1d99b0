#include "base/uuid.h"

void uuid_draw(struct random *random, uint8_t uuid[UUID_BYTES])
{
    random_bytes(random, uuid, UUID_BYTES);
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40); /* version 4 */
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80); /* variant */
}

void uuid_format(const uint8_t uuid[UUID_BYTES], char text[UUID_TEXT_LEN])
{
    static const char hex[] = "0123456789abcdef";
    for (uint32_t i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *text++ = '-';
        *text++ = hex[uuid[i] >> 4];
        *text++ = hex[uuid[i] & 15];
    }
}

bool uuid_is_text(struct str text)
{
    bool right = text.len == UUID_TEXT_LEN;
    for (uint32_t i = 0; right && i < UUID_TEXT_LEN; i++) {
        char c = text.base[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        right = dash ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    return right;
}
