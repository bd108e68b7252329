import { hand } from "../src/hand/index";
import { giveHand } from "../src/views/hand";

/** In tests the hand is there at once; `bundle.test.ts` brings it as Python does. */
giveHand(hand);
