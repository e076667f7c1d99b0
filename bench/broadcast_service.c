#include "broadcast_service.h"

#include <stdlib.h>

#include "base/check.h"

enum { TEXT_MAX = 65536 };

/* Command and event alike: a text as it came. */
struct broadcast_text {
    struct str text;
};

struct broadcast {
    uint32_t sessions_max, count;
    struct handle *members; /* the first `count` are taken, in any order */
    uint32_t *slot_of;      /* by place in members */
    uint32_t *place_of;     /* by slot */
};

static void broadcast_destroy(void *state)
{
    struct broadcast *broadcast = state;
    free(broadcast->members);
    free(broadcast->slot_of);
    free(broadcast->place_of);
    free(broadcast);
}

/* Slots are a permutation: slot_of[count..] holds those that are free. */
static void *broadcast_create(const struct service_config *config)
{
    struct broadcast *broadcast = calloc(1, sizeof *broadcast);
    if (broadcast == NULL)
        return NULL;
    broadcast->sessions_max = config->sessions_max;
    broadcast->members = calloc(config->sessions_max, sizeof *broadcast->members);
    broadcast->slot_of = calloc(config->sessions_max, sizeof *broadcast->slot_of);
    broadcast->place_of = calloc(config->sessions_max, sizeof *broadcast->place_of);
    if (broadcast->members == NULL || broadcast->slot_of == NULL || broadcast->place_of == NULL) {
        broadcast_destroy(broadcast);
        return NULL;
    }
    for (uint32_t i = 0; i < config->sessions_max; i++)
        broadcast->slot_of[i] = broadcast->place_of[i] = i;
    return broadcast;
}

static uint32_t join(struct broadcast *broadcast, struct handle session)
{
    if (broadcast->count == broadcast->sessions_max)
        return SERVICE_FULL;
    broadcast->members[broadcast->count] = session;
    return broadcast->slot_of[broadcast->count++];
}

/* The last member takes the place of the one that goes. */
static void leave(struct broadcast *broadcast, uint32_t slot)
{
    uint32_t place = broadcast->place_of[slot], last = --broadcast->count;
    uint32_t moved = broadcast->slot_of[last];
    broadcast->members[place] = broadcast->members[last];
    broadcast->slot_of[place] = moved;
    broadcast->place_of[moved] = place;
    broadcast->slot_of[last] = slot;
    broadcast->place_of[slot] = last;
}

static uint32_t broadcast_open(void *state, const struct session_facts *facts, struct turn *turn)
{
    struct broadcast_text greeting = {STR("welcome")};
    uint32_t slot = join(state, facts->session);
    if (slot != SERVICE_FULL)
        effect_send(turn, facts->session, &greeting, sizeof greeting);
    return slot;
}

static uint32_t broadcast_facts(const void *state, uint32_t slot)
{
    (void)state;
    (void)slot;
    return 0;
}

static void broadcast_command(void *state, uint32_t slot, const void *command, struct turn *turn)
{
    const struct broadcast *broadcast = state;
    (void)slot;
    effect_cast(turn, broadcast->members, broadcast->count, HANDLE_NONE, command,
                sizeof(struct broadcast_text));
}

static void broadcast_close(void *state, uint32_t slot, struct turn *turn)
{
    (void)turn;
    leave(state, slot);
}

static void broadcast_tick(void *state, struct turn *turn)
{
    (void)state;
    (void)turn;
}

static uint64_t broadcast_next_ms(const void *state)
{
    (void)state;
    return UINT64_MAX;
}

static size_t broadcast_pack(void *state, uint32_t slot, uint8_t *block)
{
    (void)block;
    leave(state, slot);
    return 0;
}

static uint32_t broadcast_unpack(void *state, const struct session_facts *facts,
                                 const uint8_t *block, size_t len)
{
    (void)block;
    (void)len;
    return join(state, facts->session);
}

static uint32_t broadcast_rooms(const void *state)
{
    (void)state;
    return 1;
}

const struct service broadcast_service = {
    .name = STR_INIT("broadcast"),
    .event_bytes = sizeof(struct broadcast_text),
    .command_bytes = sizeof(struct broadcast_text),
    .create = broadcast_create,
    .destroy = broadcast_destroy,
    .open = broadcast_open,
    .facts = broadcast_facts,
    .command = broadcast_command,
    .close = broadcast_close,
    .tick = broadcast_tick,
    .next_ms = broadcast_next_ms,
    .pack = broadcast_pack,
    .unpack = broadcast_unpack,
    .rooms = broadcast_rooms,
};

static uint32_t text_command_type(const void *command)
{
    (void)command;
    return 0;
}

/* The text outlives the command: both are gone when the runtime is done with the message. */
static enum decode_status text_decode(struct str text, uint32_t facts, struct arena *arena,
                                      void *command, void *error)
{
    (void)facts;
    (void)arena;
    (void)error;
    CHECK(text.len <= TEXT_MAX);
    *(struct broadcast_text *)command = (struct broadcast_text){text};
    return DECODE_OK;
}

static struct encoded text_encode(const void *event, char *out)
{
    const struct broadcast_text *text = event;
    memcpy(out, text->text.base, text->text.len);
    return (struct encoded){.len = text->text.len, .delivery = DELIVERY_RELIABLE};
}

static const struct str command_names[] = {STR_INIT("text")};
static const struct str event_names[] = {STR_INIT("text")};

const struct codec broadcast_codec = {
    .service = STR_INIT("broadcast"),
    .commands_count = 1,
    .events_count = 1,
    .errors_count = 0,
    .command_names = command_names,
    .event_names = event_names,
    .error_names = NULL,
    .event_encoded_max = TEXT_MAX,
    .command_type = text_command_type,
    .decode = text_decode,
    .encode = text_encode,
};
