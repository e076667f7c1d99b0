// The indexes that history and rooms are found by. The server makes them too when it connects, if it may: this is for
// a database whose user may not, and to have them before the first client comes.
db.chat_messages.createIndex({ room_id: 1, timestamp: -1 });
db.rooms.createIndex({ last_activity: -1 });
db.rooms.createIndex({ id: 1 }, { unique: true });
