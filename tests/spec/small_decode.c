/* Decodes messages of small.yaml: reads lines `SERVICE FACTS LENGTH`, each followed by so many
 * bytes, and answers each with its status, the error's name and the error event. The service `http`
 * stands for the body of POST /say, which has a reason instead of an error. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "generated/desk_codec.h"
#include "generated/talk_codec.h"

enum { ARENA_BYTES = 1 << 20, TEXT_BYTES_MAX = 1 << 16 };

static const char *const statuses[] = {"ok", "invalid", "refused"};
static char text[TEXT_BYTES_MAX], event_text[TEXT_BYTES_MAX];

_Static_assert(TALK_EVENT_ENCODED_MAX < TEXT_BYTES_MAX && DESK_EVENT_ENCODED_MAX < TEXT_BYTES_MAX,
               "any event fits");

bool desk_check_even(uint16_t number)
{
    return number % 2 == 0;
}

static void decode(const struct codec *codec, struct str message, uint32_t facts,
                   struct arena *arena, void *command, void *error)
{
    enum decode_status status = codec->decode(message, facts, arena, command, error);

    fputs(statuses[status], stdout);
    if (status != DECODE_OK) {
        struct encoded encoded = codec->encode(error, event_text);
        struct str name = codec->error_names[encoded.error - 1];
        printf(" %.*s %.*s", (int)name.len, name.base, (int)encoded.len, event_text);
    }
    puts("");
}

static void decode_body(struct str message, struct arena *arena)
{
    struct talk_post_say_body body;
    struct str reason = {NULL, 0};

    if (talk_decode_post_say_body(arena, message, &body, &reason))
        puts("ok");
    else
        printf("invalid %.*s\n", (int)reason.len, reason.base);
}

int main(void)
{
    char service[8];
    uint32_t facts, len;
    struct arena arena;

    if (arena_init(&arena, ARENA_BYTES) != 0)
        return 1;
    while (scanf("%7s %" SCNu32 " %" SCNu32, service, &facts, &len) == 3) {
        if (getchar() != '\n' || len > sizeof text || fread(text, 1, len, stdin) != len)
            return 1;
        arena_reset(&arena, 0);
        if (service[0] == 'h')
            decode_body((struct str){text, len}, &arena);
        else if (service[0] == 't')
            decode(&talk_codec, (struct str){text, len}, facts, &arena, &(struct talk_command){0},
                   &(struct talk_event){0});
        else
            decode(&desk_codec, (struct str){text, len}, facts, &arena, &(struct desk_command){0},
                   &(struct desk_event){0});
    }
    arena_clear(&arena);
    return 0;
}
