/* Seats: places in rooms of this worker, kept for players who are in a room of another one. They
 * must not lose that before it is certain that they get in here. */
#include "base/check.h"
#include "game/state.h"

/* A player who has not come for its seat by then has ended on the way. */
enum { SEAT_MS = 10000 };

/* What instances write to each other; behind a question stands the room's id. All are parts of one
 * program, so that it goes as it stands in memory. */
struct letter {
    enum { QUESTION, ANSWER } kind;
    struct handle player; /* who asks; may be gone when it is answered */
    struct handle seat;   /* ANSWER: HANDLE_NONE when the room is full */
};

void seat_ask(const struct game *game, uint32_t player, uint32_t owner, struct str room_id,
              struct turn *turn)
{
    struct letter letter = {.kind = QUESTION, .player = pool_handle(&game->players, player)};
    char *bytes = turn_memory(turn, sizeof letter + room_id.len);
    memcpy(bytes, &letter, sizeof letter);
    memcpy(bytes + sizeof letter, room_id.base, room_id.len);
    effect_mail(turn, player_at(game, player)->session, owner, bytes, sizeof letter + room_id.len);
}

/* HANDLE_NONE when the room is full, or there are as many seats as there may be. */
static struct handle keep(struct game *game, struct str room_id, const struct turn *turn)
{
    struct handle handle;
    struct seat *seat = pool_take(&game->seats, &handle);
    if (seat == NULL)
        return HANDLE_NONE;
    seat->room = game_room_keep_place(game, room_id);
    if (seat->room == NONE) {
        pool_give_back(&game->seats, handle.slot);
        return HANDLE_NONE;
    }
    wheel_set(game->seated, &seat->timer, turn->now_ms + SEAT_MS);
    return handle;
}

/* The seat is no more; returns the room in which the place is kept. */
static uint32_t end(struct game *game, struct seat *seat)
{
    uint32_t room = seat->room;
    wheel_clear(game->seated, &seat->timer);
    pool_give_back(&game->seats, (uint32_t)((size_t)((uint8_t *)seat - game->seats.entries) /
                                            game->seats.entry_bytes));
    return room;
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

void seat_mail(struct game *game, uint32_t from, const uint8_t *bytes, size_t len,
               struct turn *turn)
{
    struct letter letter;
    CHECK(len >= sizeof letter);
    memcpy(&letter, bytes, sizeof letter);
    if (letter.kind == QUESTION) {
        struct str room_id = {(const char *)bytes + sizeof letter, len - sizeof letter};
        struct letter *answer = turn_memory(turn, sizeof *answer);
        *answer = (struct letter){
            .kind = ANSWER, .player = letter.player, .seat = keep(game, room_id, turn)};
        effect_mail(turn, HANDLE_NONE, from, answer, sizeof *answer);
        return;
    }
    struct player *player = pool_find(&game->players, letter.player);
    if (player == NULL)
        return; /* its seat ends by itself */
    player->answer = handle_equal(letter.seat, HANDLE_NONE) ? ANSWER_FULL : ANSWER_KEPT;
    player->seat = letter.seat;
    effect_resume(turn, player->session);
}
