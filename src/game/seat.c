/* Seats: places in rooms of this worker, kept for players who are not in them yet. Some are in a
 * room of another worker, and must not lose that before it is certain that they get in here. For
 * some the room is not open yet: these seats stand in its line.
 *
 * Mail can be lost. A question that is lost ends who asks (service.h); for an answer, an inquiry is
 * kept at the asker's end, which is given up after a while. Whatever comes later finds none. */
#include "base/check.h"
#include "game/state.h"

/* A player who has not come for its seat by then has ended on the way; an answer that has not come
 * by then, though a room opens within half of it, is lost. */
enum { SEAT_MS = 10000, ANSWER_MS = 10000 };

/* What instances write to each other; behind a question stands the room's id. All are parts of one
 * program, so that it goes as it stands in memory. */
struct letter {
    enum { QUESTION, ANSWER } kind;
    enum answer answer;    /* ANSWER: of these, ... */
    struct handle inquiry; /* may be gone when it is answered */
    struct handle seat;    /* ... of ANSWER_KEPT */
};

void seat_ask(struct game *game, uint32_t slot, uint32_t owner, struct str room_id,
              struct turn *turn)
{
    struct player *player = player_at(game, slot);
    struct inquiry *inquiry = pool_take(&game->inquiries, &player->seat);
    CHECK(inquiry != NULL); /* there is one for each player */
    inquiry->player = pool_handle(&game->players, slot);
    wheel_set(game->asking, &inquiry->timer, turn->now_ms + ANSWER_MS);
    struct letter letter = {.kind = QUESTION, .inquiry = player->seat};
    char *bytes = turn_memory(turn, sizeof letter + room_id.len);
    memcpy(bytes, &letter, sizeof letter);
    memcpy(bytes + sizeof letter, room_id.base, room_id.len);
    effect_mail(turn, player->session, owner, bytes, sizeof letter + room_id.len);
}

static void reply(uint32_t worker, struct handle inquiry, enum answer answer, struct handle seat,
                  struct turn *turn)
{
    struct letter *letter = turn_memory(turn, sizeof *letter);
    *letter = (struct letter){.kind = ANSWER, .answer = answer, .inquiry = inquiry, .seat = seat};
    effect_mail(turn, HANDLE_NONE, worker, letter, sizeof *letter);
}

/* The line */

static struct seat *seat_at(const struct game *game, uint32_t slot)
{
    CHECK(pool_is_live(&game->seats, slot));
    return pool_at(&game->seats, slot);
}

enum { LINK = offsetof(struct seat, line_link) };

/* Keeping and ending */

/* The place is kept already. HANDLE_NONE when there are as many seats as there may be. */
static struct handle add(struct game *game, uint32_t room, uint32_t worker, struct handle asker)
{
    struct handle handle;
    struct seat *seat = pool_take(&game->seats, &handle);
    if (seat == NULL)
        return HANDLE_NONE;
    *seat = (struct seat){.room = room, .worker = worker, .asker = asker};
    if (game_room_at(game, room)->opening)
        chain_append(&game_room_at(game, room)->line, &game->seats, LINK, handle.slot);
    return handle;
}

/* The seat is no more; returns the room in which the place is kept. */
static uint32_t end(struct game *game, struct seat *seat)
{
    uint32_t room = seat->room, slot = pool_slot(&game->seats, seat);
    if (game_room_at(game, room)->opening)
        chain_remove(&game_room_at(game, room)->line, &game->seats, LINK, slot);
    wheel_clear(game->seated, &seat->timer);
    pool_give_back(&game->seats, slot);
    return room;
}

/* The inquiry is no more; returns who asked. */
static struct player *answered(struct game *game, struct inquiry *inquiry)
{
    struct player *player = pool_find(&game->players, inquiry->player);
    CHECK(player != NULL); /* its inquiry ends with it */
    wheel_clear(game->asking, &inquiry->timer);
    pool_give_back(&game->inquiries, pool_slot(&game->inquiries, inquiry));
    return player;
}

/* Answers the question of another worker's player, at once or when the room is open. */
static void keep(struct game *game, struct str room_id, uint32_t worker, struct handle inquiry,
                 struct turn *turn)
{
    uint32_t room = game_room_keep_place(game, room_id, turn);
    if (room == NONE) {
        reply(worker, inquiry, ANSWER_FULL, HANDLE_NONE, turn);
        return;
    }
    struct handle handle = add(game, room, worker, inquiry);
    struct seat *seat = pool_find(&game->seats, handle);
    if (seat == NULL) {
        game_room_give_up_place(game, room);
        reply(worker, inquiry, ANSWER_REFUSED, HANDLE_NONE, turn);
    } else if (!game_room_at(game, room)->opening) {
        wheel_set(game->seated, &seat->timer, turn->now_ms + SEAT_MS);
        reply(worker, inquiry, ANSWER_KEPT, handle, turn);
    }
}

bool seat_wait(struct game *game, uint32_t slot, uint32_t room)
{
    struct player *player = player_at(game, slot);
    player->seat = add(game, room, game->config.worker, pool_handle(&game->players, slot));
    return !handle_equal(player->seat, HANDLE_NONE);
}

void seat_leave(struct game *game, uint32_t slot)
{
    /* A seat on another worker may have the handle of a seat or an inquiry here, which is somebody
     * else's. */
    struct handle handle = pool_handle(&game->players, slot);
    struct seat *seat = pool_find(&game->seats, player_at(game, slot)->seat);
    struct inquiry *inquiry = pool_find(&game->inquiries, player_at(game, slot)->seat);
    if (seat != NULL && seat->worker == game->config.worker && handle_equal(seat->asker, handle))
        game_room_give_up_place(game, end(game, seat));
    if (inquiry != NULL && handle_equal(inquiry->player, handle))
        (void)answered(game, inquiry);
}

uint32_t seat_use(struct game *game, uint32_t slot)
{
    struct player *player = player_at(game, slot);
    struct seat *seat = pool_find(&game->seats, player->seat);
    player->seat = HANDLE_NONE;
    return seat == NULL ? NONE : end(game, seat);
}

void seat_expire(struct game *game, struct seat *seat)
{
    game_room_give_up_place(game, end(game, seat));
}

/* Telling */

static void told(struct player *player, enum answer answer, struct handle seat, struct turn *turn)
{
    player->answer = (uint8_t)answer;
    player->seat = seat;
    effect_resume(turn, player->session);
}

void seats_tell(struct game *game, uint32_t slot, enum answer answer, struct turn *turn)
{
    uint32_t next = game_room_at(game, slot)->line.first;
    while (next != CHAIN_END) {
        struct seat *seat = seat_at(game, next);
        struct handle handle = pool_handle(&game->seats, next);
        uint32_t worker = seat->worker;
        struct handle asker = seat->asker;
        next = seat->line_link.next;
        if (answer == ANSWER_KEPT) {
            wheel_set(game->seated, &seat->timer, turn->now_ms + SEAT_MS);
        } else {
            game_room_give_up_place(game, end(game, seat));
            handle = HANDLE_NONE;
        }
        if (worker == game->config.worker)
            told(player_at(game, asker.slot), answer, handle, turn);
        else
            reply(worker, asker, answer, handle, turn);
    }
}

void seat_mail(struct game *game, uint32_t from, const uint8_t *bytes, size_t len,
               struct turn *turn)
{
    struct letter letter;
    CHECK(len >= sizeof letter);
    memcpy(&letter, bytes, sizeof letter);
    if (letter.kind == QUESTION) {
        struct str room_id = {(const char *)bytes + sizeof letter, len - sizeof letter};
        keep(game, room_id, from, letter.inquiry, turn);
        return;
    }
    struct inquiry *inquiry = pool_find(&game->inquiries, letter.inquiry);
    if (inquiry != NULL) /* otherwise the seat ends by itself */
        told(answered(game, inquiry), letter.answer, letter.seat, turn);
}

void seat_despair(struct game *game, struct inquiry *inquiry, struct turn *turn)
{
    told(answered(game, inquiry), ANSWER_REFUSED, HANDLE_NONE, turn);
}
