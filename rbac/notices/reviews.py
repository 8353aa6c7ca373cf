"""Who is mailed when a review begins, and once more before it is due."""

from accounts.models import User
from events.bus import after
from events.models import Event
from rbac.events.reviews import AccessReviewOpened, AccessReviewReminded
from rbac.models import AccessReview, ReviewItem
from rbac.notices.sending import MAIL, send, staff_page

MOST_MAILED = 1000
TEMPLATES = {AccessReviewOpened.kind: "review_opened", AccessReviewReminded.kind: "review_due"}


@after(AccessReviewOpened, AccessReviewReminded, name="rbac.mail.access_review", queue=MAIL, outside=True)
def mail_reviewers(event: Event) -> None:
    """Each who has not decided all of hers, while there is anything to decide."""
    review = AccessReview.objects.open().filter(pk=event.subject_id).first()
    if review is None:
        return
    asked = ReviewItem.objects.undecided().filter(review=review).values("reviewer")
    link = f"{staff_page('reviewitem')}?review__id__exact={review.pk}"
    for user in User.objects.filter(pk__in=asked, is_active=True).order_by("pk")[:MOST_MAILED]:
        send(event, user, TEMPLATES[event.kind], link=link if user.is_staff else "", expires=review.due_at)
