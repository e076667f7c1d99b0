#include "service.h"

#include "base/check.h"

void *turn_memory(struct turn *turn, size_t len)
{
    void *memory = arena_alloc(turn->arena, len);
    CHECK(memory != NULL);
    return memory;
}

static struct effect *effect_add(struct turn *turn, enum effect_kind kind, struct handle session)
{
    CHECK(turn->effect_count < EFFECTS_MAX);
    struct effect *effect = &turn->effects[turn->effect_count++];
    effect->kind = kind;
    effect->session = session;
    return effect;
}

static const void *copy_to_arena(struct turn *turn, const void *what, size_t bytes)
{
    void *copy = turn_memory(turn, bytes);
    memcpy(copy, what, bytes);
    return copy;
}

void effect_send(struct turn *turn, struct handle to, const void *event, size_t event_bytes)
{
    effect_add(turn, EFFECT_SEND, to)->send = copy_to_arena(turn, event, event_bytes);
}

void effect_cast(struct turn *turn, const struct handle *to, uint32_t count, struct handle except,
                 const void *event, size_t event_bytes)
{
    struct effect *effect = effect_add(turn, EFFECT_CAST, HANDLE_NONE);
    effect->cast.event = copy_to_arena(turn, event, event_bytes);
    effect->cast.to = to;
    effect->cast.count = count;
    effect->cast.except = except;
}

void effect_close(struct turn *turn, struct handle session, enum close_name why)
{
    effect_add(turn, EFFECT_CLOSE, session)->close = why;
}

void effect_move(struct turn *turn, struct handle session, uint32_t worker)
{
    effect_add(turn, EFFECT_MOVE, session)->move.worker = worker;
}

void effect_bar(struct turn *turn, struct handle session)
{
    effect_close(turn, session, CLOSE_TOO_MANY_GUESSES);
}

void effect_strike(struct turn *turn, struct handle session, enum strike strike)
{
    effect_add(turn, EFFECT_STRIKE, session)->strike = strike;
}

void effect_mail(struct turn *turn, struct handle session, uint32_t worker, const void *bytes,
                 size_t len)
{
    CHECK(len <= SERVICE_MAIL_BYTES_MAX);
    struct effect *effect = effect_add(turn, EFFECT_MAIL, session);
    effect->mail.worker = worker;
    effect->mail.bytes = (struct str){bytes, len};
}

void effect_wait(struct turn *turn, struct handle session)
{
    effect_add(turn, EFFECT_WAIT, session);
}

void effect_resume(struct turn *turn, struct handle session)
{
    effect_add(turn, EFFECT_RESUME, session);
}

void effect_media(struct turn *turn, const struct media_order *order)
{
    effect_add(turn, EFFECT_MEDIA, HANDLE_NONE)->media = copy_to_arena(turn, order, sizeof *order);
}

void effect_store(struct turn *turn, const struct store_order *order)
{
    effect_add(turn, EFFECT_STORE, HANDLE_NONE)->store = copy_to_arena(turn, order, sizeof *order);
}

void effect_expire(struct turn *turn, struct handle session, uint64_t expires_ms)
{
    effect_add(turn, EFFECT_EXPIRE, session)->expires_ms = expires_ms;
}
